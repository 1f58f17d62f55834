// SPDX-License-Identifier: MIT
// pair-…: takes a unit that is there and gives it back.  Usage: bench_pair ID…
#include <sys/mount.h>

#include <cstring>

#include "tools/bench/measure.h"
#include "tools/bench/ntsync.h"
#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

template <class Primitive>
void measure(const char* id) {
  Primitive semaphore(1);
  report(id, Primitive::kName, best(10, 2000, [&semaphore] {
           semaphore.acquire();
           semaphore.release();
         }));
}

// As a shell does by "echo 1 > FILE" and "cat FILE": the files are opened for
// each. The semaphore is that of ksem_bench.ko.
class Echo {
 public:
  Echo(const char* take, const char* post) : take_(take), post_(post) {
    release();
  }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;
  ~Echo() { acquire(); }

  void acquire() const {
    char text[64];
    const int fd = open(take_, O_RDONLY);
    check(read(fd, text, sizeof(text)) == 2, take_);
    close(fd);
  }
  void release() const {
    const int fd = open(post_, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    check(write(fd, "1\n", 2) == 2, post_);
    close(fd);
  }

 private:
  const char* take_;
  const char* post_;
};

struct EchoFiles : Echo {
  static constexpr char kName[] = "ksem files";
  explicit EchoFiles(unsigned)
      : Echo("/sys/kernel/config/ksem/ksem_bench/trywait",
             "/sys/kernel/config/ksem/ksem_bench/post") {}
};

struct EchoDevice : Echo {
  static constexpr char kName[] = "the device";
  explicit EchoDevice(unsigned)
      : Echo("/dev/ksem/ksem_bench", "/dev/ksem/ksem_bench") {}
};

class Mounted {
 public:
  Mounted() {
    mkdir("/tmp/ksem_bench", 0700);
    check(mount("none", "/tmp/ksem_bench", "ksem_bench", 0, nullptr) == 0,
          "mount");
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  ~Mounted() { umount("/tmp/ksem_bench"); }
};

// Mounted first, unmounted last.
struct EchoOwn : private Mounted, public Echo {
  static constexpr char kName[] = "a file system of its own";
  explicit EchoOwn(unsigned)
      : Echo("/tmp/ksem_bench/trywait", "/tmp/ksem_bench/post") {}
};

template <class Ours, class Peer>
void compare(const char* id) {
  measure<Ours>(id);
  measure<Peer>(id);
}

void run(const char* id) {
  const auto is = [id](const char* one) { return std::strcmp(id, one) == 0; };
  if (is("pair-cpp")) compare<Cpp, Glibc>(id);
  if (is("pair-handle")) compare<Handle, EventFd>(id);
  if (is("pair-handle-ntsync")) compare<Handle, Ntsync>(id);
  if (is("pair-files")) compare<Files, SystemV>(id);
  if (is("pair-echo")) {
    compare<EchoFiles, EchoDevice>(id);
    measure<EchoOwn>(id);
  }
}

}  // namespace
}  // namespace ksem_bench

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) ksem_bench::run(argv[i]);
}
