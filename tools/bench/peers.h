// SPDX-License-Identifier: MIT
// Semaphores that processes can share without ksem.
//
// Each is a class with kName, a constructor that takes the first value, and
// acquire() and release() for one unit.
#ifndef TOOLS_BENCH_PEERS_H_
#define TOOLS_BENCH_PEERS_H_

#include <fcntl.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "tools/bench/measure.h"

namespace ksem_bench {

class Glibc {
 public:
  static constexpr char kName[] = "glibc sem_open";

  explicit Glibc(unsigned value)
      : semaphore_(sem_open("/ksem-bench", O_CREAT | O_EXCL, 0600, value)) {
    check(semaphore_ != SEM_FAILED, "sem_open");
    check(sem_unlink("/ksem-bench") == 0, "sem_unlink");
  }
  Glibc(const Glibc&) = delete;
  Glibc& operator=(const Glibc&) = delete;
  ~Glibc() { sem_close(semaphore_); }

  void acquire() { check(sem_wait(semaphore_) == 0, "sem_wait"); }
  void release() { check(sem_post(semaphore_) == 0, "sem_post"); }

 private:
  sem_t* semaphore_;
};

// A named semaphore that nobody has open.
class PosixFile {
 public:
  static constexpr char kName[] = "glibc sem_open";

  explicit PosixFile(unsigned value) {
    static unsigned made = 0;
    name_ = "/ksem-bench-" + std::to_string(made++);
    sem_t* const semaphore =
        sem_open(name_.c_str(), O_CREAT | O_EXCL, 0600, value);
    check(semaphore != SEM_FAILED, "sem_open");
    sem_close(semaphore);
  }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() { sem_unlink(name_.c_str()); }

 private:
  std::string name_;
};

class SystemV {
 public:
  static constexpr char kName[] = "System V semop";

  explicit SystemV(int value) : id_(semget(IPC_PRIVATE, 1, 0600)) {
    check(id_ >= 0, "semget");
    check(semctl(id_, 0, SETVAL, value) == 0, "semctl");
  }
  SystemV(const SystemV&) = delete;
  SystemV& operator=(const SystemV&) = delete;
  ~SystemV() { semctl(id_, 0, IPC_RMID); }

  void acquire() { add(-1); }
  void release() { add(1); }

 private:
  void add(short units) {
    sembuf operation = {0, units, 0};
    check(semop(id_, &operation, 1) == 0, "semop");
  }

  int id_;
};

class EventFd {
 public:
  static constexpr char kName[] = "eventfd";

  explicit EventFd(unsigned value) : fd_(eventfd(value, EFD_SEMAPHORE)) {
    check(fd_ >= 0, "eventfd");
  }
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;
  ~EventFd() { close(fd_); }

  int fd() const { return fd_; }

  void acquire() {
    std::uint64_t unit;
    check(read(fd_, &unit, sizeof(unit)) == sizeof(unit), "read");
  }
  void release() {
    const std::uint64_t unit = 1;
    check(write(fd_, &unit, sizeof(unit)) == sizeof(unit), "write");
  }

 private:
  int fd_;
};

}  // namespace ksem_bench

#endif  // TOOLS_BENCH_PEERS_H_
