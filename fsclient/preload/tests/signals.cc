// SPDX-License-Identifier: MIT
#include "fsclient/preload/tests/signals.h"

#include <unistd.h>

#include "fsclient/preload/tests/support.h"
#include "gtest/gtest.h"

namespace preload_test {

std::atomic<int> handled;

void CountHandled(int) { ++handled; }

Handler::Handler(int flags, void (*function)(int)) {
  struct sigaction action = {};
  action.sa_handler = function;
  action.sa_flags = flags;
  sigaction(SIGUSR1, &action, &before_);
  handled = 0;
}

Handler::~Handler() { sigaction(SIGUSR1, &before_, nullptr); }

Signaller::Signaller(const std::function<void()>& next)
    : thread_([target = gettid(), next] {
        EXPECT_TRUE(Eventually([=] { return Sleeps(target); }));
        EXPECT_EQ(tgkill(getpid(), target, SIGUSR1), 0);
        EXPECT_TRUE(Eventually([] { return handled > 0; }));
        next();
      }) {}

Signaller::~Signaller() { thread_.join(); }

}  // namespace preload_test
