// SPDX-License-Identifier: MIT
#include "tests/harden/machine.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>

#include "kernel/include/uapi/linux/ksem.h"

// What isn't named in a structure of the kernel is to be 0.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace ksem_test {
namespace {

constexpr char kConfig[] = "/sys/kernel/config/ksem/";
constexpr char kControlName[] = ".control";

// The errnos of kernel/Documentation/ABI, and of a system call as such.
using Errnos = std::vector<int>;

const Errnos kReadErrnos = {ENOENT, EBADF, EFAULT, EINVAL};
const Errnos kWriteErrnos = {ENOENT, EBADF, EFAULT, EINVAL, ERANGE};
const Errnos kTakeErrnos = {EIDRM, EINTR};
const Errnos kPollErrnos = {EINTR};
// Of what can't be read or written.
const Errnos kNeither = {EBADF, EINVAL, ESPIPE};

struct ConfigFile {
  const char* name;
  Errnos read;   // beside kReadErrnos
  Errnos write;  // beside kWriteErrnos
};

const ConfigFile kFiles[] = {
    {"value", {}, {EOVERFLOW, EIDRM}},
    {"max", {}, {EBUSY, EIDRM}},
    {"wait", kTakeErrnos, kTakeErrnos},
    {"trywait", {EIDRM, EAGAIN}, {EIDRM, EAGAIN}},
    {"timedwait", {}, {EIDRM, EINTR, ETIMEDOUT}},
    {"post", {}, {EIDRM, EOVERFLOW}},
    {"waiters", {}, {}},
    {"order", {}, {EBUSY, EIDRM}},
    {"shutdown", {}, {}},
    {"undo", {}, {EIDRM}},
    {"mappable", {}, {EIDRM}},
    {"fair", {}, {EIDRM}},
    {"record", {}, {EIDRM}},
};

const char* const kClassFiles[] = {"value", "waiters", "acquired"};

struct RequestKind {
  unsigned long command;
  Errnos errnos;
  Errnos control = {ENOTTY};  // of the control node
};

const RequestKind kRequests[] = {
    {KSEM_IOC_WAIT,
     {EINVAL, EBADF, ERANGE, EFAULT, EAGAIN, E2BIG, EIDRM, ETIMEDOUT, EINTR,
      ESTALE}},
    {KSEM_IOC_POST,
     {EINVAL, EBADF, ERANGE, EFAULT, E2BIG, EIDRM, EOVERFLOW, ESTALE}},
    {KSEM_IOC_INFO, {EINVAL, EFAULT}},
    {KSEM_IOC_TAKE, {EINVAL, EBADF, ERANGE, EAGAIN, EIDRM, EINTR, ESTALE}},
    {KSEM_IOC_GIVE, {EINVAL, EBADF, ERANGE, EIDRM, EOVERFLOW, ESTALE}},
    {_IO(KSEM_IOC_TYPE, 7), {ENOTTY}},
    {_IOW(KSEM_IOC_TYPE + 1, 0, ksem_ioc_wait), {ENOTTY}},
    {KSEM_IOC_CONFIG,
     {EINVAL, EFAULT, E2BIG, EPERM, ERANGE, EBUSY, EIDRM, EOVERFLOW, ESTALE}},
    {KSEM_IOC_NEXT, {ENOTTY}, {EINVAL, EFAULT, E2BIG, EPERM}},
    {KSEM_IOC_GROUP, {EINVAL, EFAULT, E2BIG, EPERM, EEXIST, ESTALE}},
    {KSEM_IOC_JOIN, {EINVAL, EFAULT, E2BIG, EPERM, EBADF, ENOENT, ESTALE}},
    {KSEM_IOC_GROUP_INFO,
     {EINVAL, EFAULT, E2BIG, ENOENT, ESTALE, EACCES, EIDRM}},
    {KSEM_IOC_SEMOP,
     {EINVAL, EFAULT, E2BIG, ENOENT, ESTALE, EACCES, EIDRM, EFBIG, EAGAIN,
      ERANGE, EINTR}},
    {KSEM_IOC_MEMBER, {EINVAL, EFAULT, E2BIG, ENOENT, ESTALE, EACCES, EIDRM}},
    {KSEM_IOC_GET_VALUES,
     {EINVAL, EFAULT, E2BIG, ENOENT, ESTALE, EACCES, EIDRM, ERANGE}},
    {KSEM_IOC_SET_VALUES,
     {EINVAL, EFAULT, E2BIG, ENOENT, ESTALE, EACCES, EIDRM, ERANGE}},
    {KSEM_IOC_FIND, {ENOTTY}, {EINVAL, EFAULT, E2BIG, ENOENT}},
    {KSEM_IOC_WAITERS, {EINVAL, EFAULT, E2BIG, ESTALE}},
};

bool BringsSettings(unsigned long command) {
  return command == KSEM_IOC_CONFIG || command == KSEM_IOC_NEXT;
}

std::optional<std::string> Judge(const std::string& what, long result,
                                 std::initializer_list<const Errnos*> allowed) {
  if (result >= 0) return std::nullopt;
  const int error = errno;
  for (const Errnos* errnos : allowed) {
    if (std::find(errnos->begin(), errnos->end(), error) != errnos->end()) {
      return std::nullopt;
    }
  }
  return what + ": " + strerrorname_np(error);
}

// Some addresses are good, some aren't, and some end too early.
class Arena {
 public:
  Arena()
      : base_(
            static_cast<char*>(mmap(nullptr, 2 * kSize, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    mprotect(base_ + kSize, kSize, PROT_NONE);
  }
  ~Arena() { munmap(base_, 2 * kSize); }

  // Where `size` bytes of `data` lie, up to the end of what may be touched.
  void* Place(const void* data, size_t size, uint64_t choice) {
    size = std::min(size, kSize);
    switch (choice % 16) {
      case 0:
        return nullptr;
      case 1:
        return base_ + kSize;
      case 2:
        return reinterpret_cast<void*>(~UINT64_C(4095));  // the kernel's
      case 3:                                             // its end is missing
        memcpy(base_ + kSize - size / 2, data, size / 2);
        return base_ + kSize - size / 2;
      default:
        memcpy(base_ + kSize - size, data, size);
        return base_ + kSize - size;
    }
  }

 private:
  static constexpr size_t kSize = 128 << 10;
  char* const base_;
};

Arena* TheArena() {
  thread_local Arena arena;
  return &arena;
}

// Waits are short, or without end: then a signal ends them.
int64_t Timeout(uint64_t flags, uint64_t number) {
  if (flags & (KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE)) return number;
  return number % 16 == 0 ? number : 0;
}

// Most requests name nobody; some name somebody who isn't there.
uint64_t Identity(const Step& step) {
  return step.number[6] % 8 == 3 ? step.number[5] : 0;
}

ksem_ioc_wait WaitOf(const Step& step) {
  return {.units = static_cast<__u32>(step.number[3]),
          .flags = static_cast<__u32>(step.number[4]),
          .timeout = Timeout(step.number[4], step.number[5]),
          .clock = static_cast<__u32>(step.number[6]),
          .taken = 0,
          .id = Identity(step)};
}

ksem_settings SettingsOf(const Step& step) {
  return {.set = static_cast<__u32>(step.number[4]),
          .value = static_cast<__u32>(step.number[3]),
          .max = static_cast<__u32>(step.number[5]),
          .order = static_cast<__u32>(step.number[6] % 3),
          .undo = static_cast<__u32>(step.number[6] / 3 % 3),
          .mappable = static_cast<__u32>(step.number[5] % 3),
          .mode = static_cast<__u32>(step.number[3]),
          .group = static_cast<__u32>(step.number[5]),
          .fair = static_cast<__u32>(step.number[3] % 3),
          .record = static_cast<__u32>(step.number[6] % 3),
          .id = Identity(step)};
}

uint64_t Address(const void* data) { return reinterpret_cast<uint64_t>(data); }

// The structure of a request on groups or waiters, in `bytes`; false if it is
// another one.
// What it has addresses of lies here, or nowhere.
bool GroupRequest(unsigned long command, const Step& step, int fd,
                  char* bytes) {
  thread_local sembuf operations[3];
  thread_local __u16 values[4];
  thread_local ksem_ioc_waiter waiters[3];
  static const timespec kShort = {0, 1000};
  const auto put = [&](const auto& request) {
    memcpy(bytes, &request, sizeof(request));
    return true;
  };
  const uint64_t id = Identity(step);
  const auto number = static_cast<__u32>(step.number[3]);
  const bool bad = step.number[4] % 16 == 0;
  switch (command) {
    case KSEM_IOC_GROUP:
    case KSEM_IOC_GROUP_INFO:
      return put(ksem_ioc_group{.id = id, .members = number % 4, .key = 1});
    case KSEM_IOC_JOIN:
      return put(ksem_ioc_join{.id = id, .fd = fd, .reserved = bad});
    case KSEM_IOC_SEMOP:
      for (size_t i = 0; i < std::size(operations); i++) {
        operations[i] = {static_cast<unsigned short>(step.number[4] >> i & 3),
                         static_cast<short>(step.number[5] >> i),
                         static_cast<short>(step.number[6] >> i)};
      }
      return put(ksem_ioc_semop{.id = id,
                                .ops = bad ? 8 : Address(operations),
                                .timeout = Address(&kShort),
                                .nr = number % 4,
                                .reserved = number == 31});
    case KSEM_IOC_MEMBER:
      return put(ksem_ioc_member{.id = id, .index = number % 4});
    case KSEM_IOC_GET_VALUES:
    case KSEM_IOC_SET_VALUES:
      std::fill(std::begin(values), std::end(values), step.number[5]);
      return put(ksem_ioc_values{.id = id,
                                 .values = bad ? 8 : Address(values),
                                 .first = number % 4,
                                 .nr = number / 4 % 5});
    case KSEM_IOC_WAITERS:
      return put(ksem_ioc_waiters{
          .id = id,
          .waiters = bad ? 8 : Address(waiters),
          .nr = number % 4,
          .waiter_size =
              static_cast<__u32>(sizeof(waiters[0]) - step.number[5] % 2)});
    case KSEM_IOC_FIND:
      return put(ksem_ioc_find{.minor = number,
                               .flags = static_cast<__u32>(step.number[4])});
    default:
      return false;
  }
}

const std::string& Name(uint64_t number) {
  return FuzzNames()[number % FuzzNames().size()];
}

}  // namespace

const std::vector<std::string>& FuzzNames() {
  static const std::vector<std::string> names = {
      "a",
      "b",
      std::string(255, 'n'),
      "%s%n $(id)\\\"",
      "\xff\xfe\x80",
      "value",
      "a b",
      // These can't be made.
      "",
      ".",
      "..",
      "a/b",
      "a/value",
      "x!y",
      "x\ny",
      kControlName,
      "\x7f",
      std::string(256, 'n'),
      std::string(5000, 'n'),
  };
  return names;
}

uint64_t NumberIn(const std::string& path) {
  std::ifstream file(path);
  uint64_t number = 0;
  file >> number;
  return number;
}

// A ceiling that changes between the looks makes a value look wrong once, but
// not every time.
std::optional<std::string> LookAtValue(const std::string& name) {
  constexpr int kLooks = 20;
  const std::string directory = "/sys/class/ksem/" + name;
  uint64_t value = 0;
  for (int i = 0; i < kLooks; i++) {
    const uint64_t before = NumberIn(directory + "/max");
    value = NumberIn(directory + "/value");
    if (value <= std::max(before, NumberIn(directory + "/max"))) {
      return std::nullopt;
    }
  }
  return name + " has " + std::to_string(value) + ", above its ceiling";
}

Machine::~Machine() {
  for (Slot& slot : slots_) Close(&slot);
}

void Machine::Close(Slot* slot) {
  if (slot->page != nullptr) munmap(slot->page, getpagesize());
  if (slot->fd >= 0) close(slot->fd);
  *slot = {};
}

std::optional<std::string> Machine::Do(const Step& step) {
  switch (step.verb) {
    case Verb::kMkdir:
      return Mkdir(step);
    case Verb::kRmdir:
      return Rmdir(step);
    case Verb::kOpen:
      return Open(step);
    case Verb::kClose:
      Close(SlotOf(step.number[0]));
      return std::nullopt;
    case Verb::kRead:
      return Read(step);
    case Verb::kWrite:
      return Write(step);
    case Verb::kRequest:
      return Request(step);
    case Verb::kMulti:
      return Multi(step);
    case Verb::kMap:
      return Map(step);
    case Verb::kScribble:
      return Scribble(step);
    case Verb::kPoll:
      return Poll(step);
  }
  return "no such verb";
}

std::optional<std::string> Machine::Mkdir(const Step& step) {
  static const Errnos kErrnos = {EEXIST, EINVAL, ENAMETOOLONG, ENOENT,
                                 EACCES, EPERM,  ENOTDIR};
  const std::string& name = Name(step.number[0]);
  const int result = mkdir((kConfig + name).c_str(), 0755);
  const auto finding = Judge("mkdir " + name, result, {&kErrnos});
  // Half get a ceiling that is easily reached.
  if (result == 0 && step.number[1] % 2) {
    std::ofstream(kConfig + name + "/max") << 1 + step.number[2] % 8;
  }
  return finding;
}

std::optional<std::string> Machine::Rmdir(const Step& step) {
  static const Errnos kErrnos = {ENOENT, EBUSY,   EACCES,    EPERM,
                                 EINVAL, ENOTDIR, ENOTEMPTY, ENAMETOOLONG};
  const std::string& name = Name(step.number[0]);
  return Judge("rmdir " + name, rmdir((kConfig + name).c_str()), {&kErrnos});
}

std::optional<std::string> Machine::Open(const Step& step) {
  static const Errnos kErrnos = {ENOENT,  EACCES,       EISDIR,
                                 ENOTDIR, ENAMETOOLONG, ENXIO};
  Slot* slot = SlotOf(step.number[0]);
  const std::string& name = Name(step.number[1]);
  // The device as often as all files.
  const uint64_t door = step.number[2] % 32;
  Slot opened;
  opened.name = name;
  std::string path;
  if (door < std::size(kFiles)) {
    opened.kind = Kind::kConfig;
    opened.file = door;
    path = kConfig + name + "/" + kFiles[door].name;
  } else if (door < std::size(kFiles) + std::size(kClassFiles)) {
    opened.kind = Kind::kClass;
    path =
        "/sys/class/ksem/" + name + "/" + kClassFiles[door - std::size(kFiles)];
  } else {
    opened.kind = name == kControlName ? Kind::kControl : Kind::kDevice;
    path = "/dev/ksem/" + name;
  }
  constexpr int kModes[] = {O_RDWR, O_RDWR, O_RDONLY, O_WRONLY};
  const int flags = kModes[step.number[3] % 4] | O_CLOEXEC |
                    (step.number[4] % 2 ? O_NONBLOCK : 0);
  opened.fd = open(path.c_str(), flags);
  const auto finding = Judge("open " + path, opened.fd, {&kErrnos});
  struct stat status;
  // A name that isn't one leads to a directory.
  if (opened.fd >= 0 && !fstat(opened.fd, &status) && S_ISDIR(status.st_mode)) {
    Close(&opened);
  }
  if (opened.fd >= 0) {
    Close(slot);
    *slot = opened;
  }
  return finding;
}

std::optional<std::string> Machine::Read(const Step& step) {
  static const Errnos kDevice = {EBADF, EFAULT, EAGAIN, EINTR, EIDRM};
  static const Errnos kClass = {EBADF, EFAULT, ENODEV};
  Slot* slot = SlotOf(step.number[0]);
  if (slot->fd < 0) return std::nullopt;
  const char nothing[64] = {};
  const size_t size = step.number[1] % sizeof(nothing);
  void* buffer = TheArena()->Place(nothing, sizeof(nothing), step.number[2]);
  const long result = slot->kind == Kind::kDevice
                          ? read(slot->fd, buffer, size)
                          : pread(slot->fd, buffer, size, step.number[3] % 3);
  switch (slot->kind) {
    case Kind::kDevice:
      return Judge("read device", result, {&kDevice});
    case Kind::kClass:
      return Judge("read class file", result, {&kClass});
    case Kind::kControl:
      return Judge("read control", result, {&kNeither});
    default: {
      const ConfigFile& file = kFiles[slot->file];
      return Judge(std::string("read ") + file.name, result,
                   {&kReadErrnos, &file.read});
    }
  }
}

std::optional<std::string> Machine::Write(const Step& step) {
  static const Errnos kDevice = {EBADF,  EFAULT,    EINVAL,
                                 ERANGE, EOVERFLOW, EIDRM};
  static const Errnos kClass = {EBADF, ESPIPE};  // as a seq_file
  Slot* slot = SlotOf(step.number[0]);
  if (slot->fd < 0) return std::nullopt;
  const void* buffer =
      TheArena()->Place(step.text.data(), step.text.size(), step.number[1]);
  const long result =
      slot->kind == Kind::kDevice
          ? write(slot->fd, buffer, step.text.size())
          : pwrite(slot->fd, buffer, step.text.size(), step.number[2] % 3);
  switch (slot->kind) {
    case Kind::kDevice:
      return Judge("write device", result, {&kDevice});
    case Kind::kClass:
      return Judge("write class file", result, {&kClass});
    case Kind::kControl:
      return Judge("write control", result, {&kNeither});
    default: {
      const ConfigFile& file = kFiles[slot->file];
      return Judge(std::string("write ") + file.name, result,
                   {&kWriteErrnos, &file.write});
    }
  }
}

std::optional<std::string> Machine::Request(const Step& step) {
  static const Errnos kOther = {ENOTTY};
  Slot* slot = SlotOf(step.number[0]);
  if (slot->fd < 0) return std::nullopt;
  const RequestKind& kind = kRequests[step.number[1] % std::size(kRequests)];
  unsigned long command = kind.command;
  unsigned long argument = step.number[3];
  bool other_size = false;
  if (_IOC_SIZE(command)) {
    // More than any structure: what the kernel doesn't know is set, or isn't.
    char bytes[512] = {};
    if (GroupRequest(command, step, SlotOf(step.number[5])->fd, bytes)) {
      // It is there.
    } else if (BringsSettings(command)) {
      const ksem_settings settings = SettingsOf(step);
      memcpy(bytes, &settings, sizeof(settings));
    } else {
      const ksem_ioc_wait wait = WaitOf(step);
      memcpy(bytes, &wait, sizeof(wait));
    }
    bytes[sizeof(bytes) - 1] = step.number[6] % 2;
    if (step.number[2] % 4 == 0) {
      other_size = true;
      const size_t size = step.number[2] / 4 % (sizeof(bytes) + 1);
      command = (command & ~static_cast<unsigned long>(IOCSIZE_MASK)) |
                size << IOCSIZE_SHIFT;
    }
    argument = reinterpret_cast<unsigned long>(
        TheArena()->Place(bytes, sizeof(bytes), step.number[2]));
  }
  const long result = ioctl(slot->fd, command, argument);
  const std::string what =
      "request " + std::to_string(step.number[1] % std::size(kRequests)) +
      (other_size ? " of another size" : "");
  switch (slot->kind) {
    case Kind::kDevice:
      return Judge(what, result, {&kind.errnos});
    case Kind::kControl:
      return Judge(what + " of control", result, {&kind.control});
    default:
      return Judge("request of a file", result, {&kOther});
  }
}

std::optional<std::string> Machine::Multi(const Step& step) {
  static const Errnos kErrnos = {EINVAL, EBADF, ERANGE, EFAULT,    EAGAIN,
                                 E2BIG,  EIDRM, EINTR,  ETIMEDOUT, ESTALE};
  static const Errnos kAlso = {EOVERFLOW};  // who gives
  static const Errnos kNone = {};
  Slot* slot = SlotOf(step.number[0]);
  if (slot->kind != Kind::kDevice) return std::nullopt;
  const bool all = step.number[1] % 2;
  ksem_ioc_op ops[KSEM_OPS_MAX + 1] = {};
  Random random(step.number[2]);
  for (ksem_ioc_op& op : ops) {
    // Mostly handles, for most to be good.
    Slot* of = SlotOf(random.Next());
    op.fd = of->kind == Kind::kDevice ? of->fd : slot->fd;
    op.op = all ? random.Below(4) : KSEM_OP_WAIT;
    op.units = op.op == KSEM_OP_ZERO ? 0 : 1 + random.Below(3);
    op.flags = all && random.Below(4) == 0 ? random.Below(8) : 0;
    op.id = random.Below(64) ? 0 : random.Next();
    switch (random.Below(64)) {
      case 0:
        op.fd = static_cast<int>(random.Below(64)) - 1;
        break;
      case 1:
        op.op = random.Next();
        break;
      case 2:
        op.units = random.Next();
        break;
      case 3:
        op.flags = random.Next();
        break;
    }
  }
  ksem_ioc_multi multi = {
      .ops = reinterpret_cast<uintptr_t>(ops),
      .nr = static_cast<__u32>(step.number[3] % 8 == 0 ? step.number[4]
                                                       : step.number[4] % 8),
      .flags = static_cast<__u32>(step.number[5]),
      .timeout = Timeout(step.number[5], step.number[6]),
      .clock = static_cast<__u32>(step.number[3] % 4 ? step.number[3] % 2 : 7),
      .index = 0,
      .taken = 0,
      .op_size = static_cast<__u32>(
          step.number[3] % 16 == 2 ? step.number[6] : sizeof(ksem_ioc_op)),
  };
  if (step.number[3] % 16 == 1) {
    multi.ops = reinterpret_cast<uintptr_t>(
        TheArena()->Place(ops, sizeof(ops), step.number[6]));
  }
  void* argument =
      TheArena()->Place(&multi, sizeof(multi), step.number[3] / 16 + 4);
  return Judge(all ? "all" : "any",
               ioctl(slot->fd, all ? KSEM_IOC_ALL : KSEM_IOC_ANY, argument),
               {&kErrnos, all ? &kAlso : &kNone});
}

std::optional<std::string> Machine::Map(const Step& step) {
  static const Errnos kErrnos = {EACCES, EPERM, EINVAL};
  static const Errnos kNoMap = {ENODEV, EACCES, EINVAL};
  Slot* slot = SlotOf(step.number[0]);
  if (slot->fd < 0) return std::nullopt;
  const size_t page = getpagesize();
  const bool good = step.number[1] % 4;
  const size_t size = good ? page : (step.number[1] / 4 % 4) * page;
  const int protection =
      good ? PROT_READ | PROT_WRITE : static_cast<int>(step.number[2] % 8);
  const int flags = !good && step.number[3] % 4 == 0 ? MAP_PRIVATE : MAP_SHARED;
  const off_t offset = good ? 0 : (step.number[4] % 3) * page;
  void* mapped = mmap(nullptr, size, protection, flags, slot->fd, offset);
  const auto finding =
      Judge("mmap", mapped == MAP_FAILED ? -1 : 0,
            {slot->kind == Kind::kDevice ? &kErrnos : &kNoMap});
  if (mapped == MAP_FAILED) return finding;
  if (slot->page == nullptr && protection == (PROT_READ | PROT_WRITE) &&
      slot->kind == Kind::kDevice) {
    slot->page = mapped;
  } else {
    munmap(mapped, size);
  }
  return finding;
}

// Then the kernel has to say what it makes of it.
std::optional<std::string> Machine::Scribble(const Step& step) {
  Slot* slot = SlotOf(step.number[0]);
  if (slot->page == nullptr) return std::nullopt;
  std::atomic_ref word(static_cast<ksem_page*>(slot->page)->word);
  const uint64_t before = word.load();
  switch (step.number[2] % 4) {
    case 0:
      word.store(step.number[1]);
      break;
    case 1:
      word.store((before >> 32 << 32) | step.number[1] % KSEM_WORD_CONTENDED);
      break;
    case 2:
      word.store(before ^ KSEM_WORD_CONTENDED);
      break;
    case 3:
      word.store((before >> 32 << 32) |
                 (KSEM_WORD_CEILING(before) + 1) % KSEM_WORD_CONTENDED);
      break;
  }
  return LookAtValue(slot->name);
}

std::optional<std::string> Machine::Poll(const Step& step) {
  Slot* slot = SlotOf(step.number[0]);
  if (slot->fd < 0) return std::nullopt;
  pollfd fds[] = {{.fd = slot->fd,
                   .events = static_cast<short>(step.number[1]),
                   .revents = 0},
                  {.fd = SlotOf(step.number[2])->fd,
                   .events = POLLIN | POLLOUT | POLLPRI,
                   .revents = 0}};
  const int result = poll(fds, 2, step.number[3] % 4);
  if (result >= 0 && fds[0].revents & POLLNVAL) return "poll: POLLNVAL";
  return Judge("poll", result, {&kPollErrnos});
}

}  // namespace ksem_test
