// SPDX-License-Identifier: MIT
// The page with the word: who can map it and how, and what is seen through it.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

const size_t kSize = getpagesize();

struct Map {
  size_t size = kSize;
  int protection = PROT_READ | PROT_WRITE;
  int flags = MAP_SHARED;
  off_t offset = 0;
};

// The errno of mmap; what it maps is unmapped.
Errno TryMap(const Handle& handle, const Map& map = {}) {
  void* at = mmap(nullptr, map.size, map.protection, map.flags, handle.fd(),
                  map.offset);
  if (at == MAP_FAILED) return errno;
  EXPECT_EQ(munmap(at, map.size), 0);
  return 0;
}

// What a child ends with that touches the address.
End Touch(volatile char* at) {
  return Process([at]() -> Errno {
           // No handler: the signal is what the test looks for.
           *at = *at;
           return 0;
         })
      .Join();
}

TEST(Map, OnePageSharedAtTheStart) {
  const off_t page = static_cast<off_t>(kSize);
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(TryMap(handle), 0);
  EXPECT_EQ(TryMap(handle, {.size = 1}), 0);  // a whole page
  EXPECT_EQ(TryMap(handle, {.protection = PROT_READ}), 0);
  EXPECT_EQ(TryMap(handle, {.protection = PROT_NONE}), 0);
  EXPECT_EQ(TryMap(handle, {.flags = MAP_SHARED | MAP_POPULATE}), 0);
  EXPECT_EQ(TryMap(handle, {.size = 2 * kSize}), EINVAL);
  EXPECT_EQ(TryMap(handle, {.offset = page}), EINVAL);
  EXPECT_EQ(TryMap(handle, {.offset = -page}), EOVERFLOW);
  EXPECT_EQ(TryMap(handle, {.flags = MAP_PRIVATE}), EINVAL);
  EXPECT_EQ(TryMap(handle, {.protection = PROT_READ, .flags = MAP_PRIVATE}),
            EINVAL);
  EXPECT_EQ(TryMap(handle, {.protection = PROT_READ | PROT_EXEC}), EPERM);
  handle.Expect({});
}

TEST(Map, OnlyOfADescriptorForBoth) {
  Semaphore sem;
  for (int flags : {O_RDONLY, O_WRONLY}) {
    Handle handle(sem, flags);
    for (int protection : {PROT_READ, PROT_READ | PROT_WRITE}) {
      EXPECT_EQ(TryMap(handle, {.protection = protection}), EACCES);
    }
  }
}

TEST(Map, NotIfItMayNotBe) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Page before(handle);
  EXPECT_EQ(sem.Set("mappable", "0"), 0);
  EXPECT_EQ(TryMap(handle), EPERM);
  handle.Expect({.value = 1}, {.flags = 0});
  // What is mapped stays.
  EXPECT_TRUE(before.TakeFast());
  handle.Expect({}, {.flags = 0});
  EXPECT_EQ(sem.Set("mappable", "1"), 0);
  EXPECT_EQ(TryMap(handle), 0);
  for (const char* bad : {"2", "x", "-1"}) {
    EXPECT_EQ(sem.Set("mappable", bad), EINVAL);
  }
}

TEST(Map, OfTheKernelsOnlyIfAllowed) {
  LoadKernelUser();
  const std::string name = UniqueName();
  KernelUser user(name);
  const Semaphore sem = Semaphore::Named(name);
  Handle handle(sem);
  EXPECT_EQ(ReadOrFail(sem.path("mappable")), "0\n");
  EXPECT_EQ(TryMap(handle), EPERM);
  EXPECT_EQ(sem.Set("mappable", "1"), 0);
  Page page(handle);
  EXPECT_TRUE(page.TakeFast(3));
  EXPECT_EQ(user.Get("value"), 0);
  EXPECT_EQ(user.Call("trywait"), EAGAIN);
  EXPECT_TRUE(page.GiveFast(10));
  EXPECT_EQ(user.Call("post"), EOVERFLOW);
  EXPECT_EQ(user.Get("value"), 10);
}

TEST(Map, HasTheVersionAndNothingElse) {
  Semaphore sem({.value = 5, .max = 7});
  Handle handle(sem);
  Page page(handle);
  EXPECT_EQ(page.get()->version, unsigned{KSEM_PAGE_VERSION});
  EXPECT_EQ(page.word(), uint64_t{7} << 32 | 5);
  // No byte of the kernel's is in it.
  const auto* bytes = reinterpret_cast<const unsigned char*>(page.get());
  for (size_t i = 0; i < kSize; i++) {
    if (i < 8 || (i >= 64 && i < 68)) continue;
    EXPECT_EQ(bytes[i], 0) << i;
  }
}

TEST(Word, EverybodySeesTheSameValue) {
  LoadKernelUser();
  Semaphore sem({.value = 1, .max = 9});
  Handle handle(sem);
  KernelUser user(sem.name());
  Page page(handle);
  EXPECT_TRUE(page.GiveFast(4));
  handle.Expect({.value = 5, .max = 9});
  EXPECT_EQ(user.Get("value"), 5);
  EXPECT_EQ(ReadOrFail(ClassPath(sem.name(), "value")), "5\n");
  EXPECT_EQ(user.Call("trywait", 2), 0);
  EXPECT_EQ(KSEM_WORD_UNITS(page.word()), 3u);
  EXPECT_EQ(sem.Set("value", "8"), 0);
  EXPECT_EQ(KSEM_WORD_UNITS(page.word()), 8u);
  EXPECT_EQ(sem.Post("2"), EOVERFLOW);
  EXPECT_TRUE(page.TakeFast(8));
  EXPECT_FALSE(page.TakeFast());
  EXPECT_EQ(sem.TryWait(), EAGAIN);
  handle.Expect({.max = 9});
}

TEST(Word, ShowsTheCeiling) {
  Semaphore sem({.value = 2, .max = 5});
  Handle handle(sem);
  Page page(handle);
  EXPECT_EQ(KSEM_WORD_CEILING(page.word()), 5u);
  EXPECT_EQ(sem.Set("max", "3"), 0);
  EXPECT_EQ(KSEM_WORD_CEILING(page.word()), 3u);
  EXPECT_FALSE(page.GiveFast(2));
  EXPECT_EQ(page.Post(2), EOVERFLOW);
  EXPECT_TRUE(page.GiveFast());
  EXPECT_EQ(sem.Set("max", "2147483647"), 0);
  EXPECT_TRUE(page.GiveFast(kMax - 3));
  EXPECT_FALSE(page.GiveFast());
  EXPECT_EQ(page.Post(), EOVERFLOW);
  handle.Expect({.value = kMax});
}

TEST(Word, SaysContendedWhileSomebodyIsBlocked) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Page page(handle);
  Process waiter = StartWaiter(sem, {.text = "2"});
  EXPECT_TRUE(page.contended());
  EXPECT_FALSE(page.TakeFast());
  EXPECT_FALSE(page.GiveFast());
  handle.Expect({.value = 1, .waiters = 1});
  EXPECT_EQ(page.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_FALSE(page.contended());
  handle.Expect({});
}

TEST(Word, WaitsAndIsServedInOrder) {
  Semaphore sem;
  Handle handle(sem);
  Page page(handle);
  Process file = StartWaiter(sem, {.text = "2"});
  Process mapped = StartWaiter(sem, [&] { return page.Wait(); });
  EXPECT_EQ(page.Post(), 0);
  handle.Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(page.Post(), 0);
  EXPECT_EQ(file.Result(), 0);
  handle.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(mapped.Result(), 0);
  handle.Expect({});
}

TEST(Word, IsOneForAllMappings) {
  Semaphore sem({.value = 3});
  Handle one(sem);
  Handle two(sem);
  Page first(one), second(two), third(one);
  EXPECT_TRUE(first.TakeFast());
  EXPECT_EQ(second.word(), first.word());
  EXPECT_EQ(third.word(), first.word());
  EXPECT_TRUE(third.TakeFast(2));
  EXPECT_FALSE(second.TakeFast());
  one.Expect({});
}

TEST(Word, SendsEverybodyToTheKernelAfterShutdown) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  Page page(handle);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_TRUE(page.contended());
  EXPECT_EQ(page.Wait(), EIDRM);
  EXPECT_EQ(page.Post(), EIDRM);
  // The kernel doesn't look at it again.
  page.get()->word = uint64_t{kMax} << 32 | 9;
  EXPECT_EQ(handle.Wait(), EIDRM);
  EXPECT_EQ(handle.Post(), EIDRM);
  EXPECT_EQ(sem.TryWait(), EIDRM);
  handle.Expect({.value = 3},
                {.flags = KSEM_INFO_SHUTDOWN | KSEM_INFO_MAPPABLE});
}

TEST(Word, OfAFirstMappingAfterShutdownToo) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  EXPECT_EQ(sem.Shutdown(), 0);
  Page page(handle);
  EXPECT_TRUE(page.contended());
  EXPECT_EQ(page.Wait(), EIDRM);
  EXPECT_EQ(page.Post(), EIDRM);
  handle.Expect({.value = 3},
                {.flags = KSEM_INFO_SHUTDOWN | KSEM_INFO_MAPPABLE});
}

TEST(Life, AMappingOutlivesDescriptorAndName) {
  Semaphore sem({.value = 3});
  Handle other(sem);
  auto handle = std::make_unique<Handle>(sem);
  Page page(*handle);
  handle.reset();
  EXPECT_TRUE(page.TakeFast());
  other.Expect({.value = 2});
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_TRUE(page.TakeFast());
  other.ExpectWithoutFiles({.value = 1});
}

// It keeps the open file, so what is owed is owed until it goes, too.
TEST(Life, AMappingHoldsBackUndo) {
  Semaphore sem({.value = 1});
  auto handle = std::make_unique<Handle>(sem);
  auto page = std::make_unique<Page>(*handle);
  EXPECT_EQ(handle->Wait({.units = 1, .flags = KSEM_WAIT_UNDO}), 0);
  handle.reset();
  sem.Expect({});
  page.reset();
  sem.Expect({.value = 1});
}

TEST(Life, ForkSharesIt) {
  Semaphore sem({.value = 2});
  Handle handle(sem);
  Page page(handle);
  Process child([&]() -> Errno { return page.TakeFast() ? 0 : EAGAIN; });
  EXPECT_EQ(child.Result(), 0);
  handle.Expect({.value = 1});
  Process waiter = StartWaiter(sem, [&] { return page.Wait(2); });
  EXPECT_EQ(page.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  handle.Expect({});
}

TEST(Life, ExecLosesIt) {
  Semaphore sem({.value = 1});
  Process child([&]() -> Errno {
    Handle handle(sem);
    Page page(handle);
    if (!page.TakeFast()) return EAGAIN;
    execlp("true", "true", nullptr);
    return errno;
  });
  EXPECT_EQ(child.Result(), 0);
  sem.Expect({});
  EXPECT_EQ(sem.Remove(), 0);
}

TEST(Life, ItMovesAndDoesNotGrow) {
  Semaphore sem({.value = 2});
  Handle handle(sem);
  void* at =
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, handle.fd(), 0);
  ASSERT_NE(at, MAP_FAILED);
  void* place =
      mmap(nullptr, kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(place, MAP_FAILED);
  ASSERT_EQ(mremap(at, kSize, 2 * kSize, MREMAP_MAYMOVE), MAP_FAILED);
  EXPECT_EQ(Errno(errno), EFAULT);
  EXPECT_EQ(mremap(at, 0, kSize, MREMAP_MAYMOVE), MAP_FAILED);
  EXPECT_EQ(mremap(at, kSize, kSize, MREMAP_MAYMOVE | MREMAP_FIXED, place),
            place);
  EXPECT_EQ(Touch(static_cast<char*>(at)).signal, SIGSEGV);
  auto* page = static_cast<ksem_page*>(place);
  EXPECT_EQ(KSEM_WORD_UNITS(page->word), 2u);
  EXPECT_EQ(handle.Wait(), 0);
  EXPECT_EQ(KSEM_WORD_UNITS(page->word), 1u);
  EXPECT_EQ(munmap(place, kSize), 0);
  handle.Expect({.value = 1});
}

TEST(Life, UnmappingAPartIsUnmappingIt) {
  Semaphore sem({.value = 2});
  Handle handle(sem);
  char* at = static_cast<char*>(
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, handle.fd(), 0));
  ASSERT_NE(at, MAP_FAILED);
  EXPECT_EQ(Errno::Of(munmap(at + 64, 1)), EINVAL);
  EXPECT_EQ(Touch(at), End{});
  EXPECT_EQ(munmap(at, 1), 0);
  EXPECT_EQ(Touch(at).signal, SIGSEGV);
  handle.Expect({.value = 2});
}

TEST(Life, NotToBeExecuted) {
  Semaphore sem;
  Handle handle(sem);
  Page page(handle);
  EXPECT_EQ(Errno::Of(mprotect(page.get(), kSize, PROT_READ | PROT_EXEC)),
            EACCES);
  EXPECT_EQ(Errno::Of(mprotect(page.get(), kSize,
                               PROT_READ | PROT_WRITE | PROT_EXEC)),
            EACCES);
  // Where everything readable is executable, nobody can map it.
  Process old([&]() -> Errno {
    personality(READ_IMPLIES_EXEC);
    return TryMap(handle);
  });
  EXPECT_EQ(old.Result(), EPERM);
}

TEST(Life, ProtectionIsTheProgramsAffair) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Page page(handle);
  EXPECT_EQ(mprotect(page.get(), kSize, PROT_READ), 0);
  EXPECT_EQ(Touch(reinterpret_cast<char*>(page.get())).signal, SIGSEGV);
  EXPECT_EQ(handle.Wait(), 0);
  EXPECT_EQ(KSEM_WORD_UNITS(page.word()), 0u);
  EXPECT_EQ(mprotect(page.get(), kSize, PROT_READ | PROT_WRITE), 0);
  EXPECT_TRUE(page.GiveFast());
  handle.Expect({.value = 1});
}

// Advice about memory that the kernel owns neither loses nor moves it.
TEST(Life, AdviceChangesNothing) {
  Semaphore sem({.value = 2});
  Handle handle(sem);
  Page page(handle);
  unsigned value = 2;
  for (int advice :
       {MADV_DONTNEED, MADV_COLD, MADV_PAGEOUT, MADV_FREE, MADV_REMOVE,
        MADV_WILLNEED, MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_HUGEPAGE,
        MADV_DODUMP, MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK,
        MADV_POPULATE_WRITE}) {
    madvise(page.get(), kSize, advice);
    EXPECT_TRUE(page.GiveFast()) << advice;
    handle.Expect({.value = ++value});
  }
  msync(page.get(), kSize, MS_SYNC);
  mlock(page.get(), kSize);
  EXPECT_TRUE(page.TakeFast(value));
  handle.Expect({});
}

TEST(Life, AChildWithoutItHasNone) {
  Semaphore sem;
  Handle handle(sem);
  Page page(handle);
  const Errno error = Errno::Of(madvise(page.get(), kSize, MADV_DONTFORK));
  if (error == ENOSYS) GTEST_SKIP() << "no madvise in this kernel";
  EXPECT_EQ(error, 0);
  EXPECT_EQ(Touch(reinterpret_cast<char*>(page.get())).signal, SIGSEGV);
  EXPECT_TRUE(page.GiveFast());
  handle.Expect({.value = 1});
}

TEST(Life, OtherWaysIntoTheMemoryAreTheSameWord) {
  Semaphore sem({.value = 2});
  Handle handle(sem);
  Page page(handle);
  std::ifstream memory("/proc/self/mem", std::ios::binary);
  memory.seekg(reinterpret_cast<uintptr_t>(&page.get()->word));
  uint64_t word = 0;
  memory.read(reinterpret_cast<char*>(&word), sizeof(word));
  if (memory) {
    EXPECT_EQ(word, page.word());
  }
  handle.Expect({.value = 2});
}

// Several processes take and give by their pages, by files and requests, and
// some are killed between two steps: what is left is what was there.
TEST(Word, UnitsAreConserved) {
  constexpr unsigned kUnits = 3;
  constexpr int kWorkers = 6, kRounds = 1500;
  Semaphore sem({.value = kUnits, .max = kUnits});
  Handle handle(sem);
  std::vector<Process> workers;
  for (int i = 0; i < kWorkers; i++) {
    workers.emplace_back([&, i]() -> Errno {
      Handle own(sem);
      Page page(own);
      for (int round = 0; round < kRounds; round++) {
        const unsigned units = 1 + (round + i) % kUnits;
        if (Errno error = page.Wait(units)) return error;
        const Errno error = round % 5 == 0   ? own.Post({.units = units})
                            : round % 7 == 0 ? sem.Post(std::to_string(units))
                                             : page.Post(units);
        if (error) return error;
      }
      return 0;
    });
  }
  for (Process& worker : workers) EXPECT_EQ(worker.Result(), 0);
  handle.Expect({.value = kUnits, .max = kUnits});
  Page page(handle);
  EXPECT_FALSE(page.contended());
}

}  // namespace
}  // namespace ksem_test
