// SPDX-License-Identifier: MIT
#include "fsclient/posix/tests/support.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace posix_test {
int ErrnoOf(const sem_t* opened) { return opened != SEM_FAILED ? 0 : errno; }

std::string FreshName() {
  static int count = 0;
  std::ostringstream name;
  name << "/posix-test-" << getpid() << '-' << ++count;
  return name.str();
}

int ValueOf(sem_t* sem) {
  int value = -1;
  EXPECT_EQ(sem_getvalue(sem, &value), 0);
  return value;
}

Semaphore::Semaphore(unsigned value, mode_t mode)
    : sem_(sem_open(name(), O_CREAT | O_EXCL, mode, value)) {
  if (sem_ == SEM_FAILED) {
    ADD_FAILURE() << name() << ": " << strerror(errno);
    std::abort();
  }
}

Semaphore::~Semaphore() {
  sem_close(sem_);
  sem_unlink(name());
}

}  // namespace posix_test
