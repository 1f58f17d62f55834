// SPDX-License-Identifier: MIT
// Counting semaphores that live in the kernel: other processes, shell scripts
// and kernel modules use the same ones.
//
//   #include "ksem/semaphore.h"
//
//   auto jobs = ksem::Semaphore::open_or_create("jobs", 2, 2);
//   jobs.acquire();
//   work();
//   jobs.release();
//
// Better than the last three lines is a guard: see ksem/units.h.
//
// A semaphore is a directory below ksem::root() and a device, /dev/ksem/NAME;
// the ksem module has to be loaded and configfs mounted.  By default only root
// may take and give units.
//
// Errors.  What fails throws std::system_error, whose code() is the kernel's
// errno in std::generic_category() and whose what() names the operation and
// the semaphore.  Any operation can meet these:
//
//   EACCES  no permission for what the operation uses: the device or a file
//   ENOENT  the semaphore has been removed (see Via), or never was; one that is
//           made anew under the same name is another one
//   EIDRM   it was shut down (all but reading value, max, waiters and order)
//   EMFILE, ENFILE, ENOMEM
//           no descriptor or memory left; nothing was taken or given
//   EBADF   the object has been moved from
//   EAGAIN  it would have to block, and somebody has set O_NONBLOCK: see
//           native_handle(); nothing was taken
//   ESTALE  the program has closed the object's descriptor, and its number is
//           another file's now; nothing was taken or given
//
// As in std::filesystem, each has an overload with a std::error_code& behind
// all other parameters, which throws none of these: the error is told by that,
// which is cleared otherwise, and the result is false, 0, or an object like one
// that has been moved from.  Such an overload is noexcept unless it allocates
// memory or a thread can be cancelled in it.  There is none for setters of one
// thing, as set() does the same, nor for what fails with EBADF only.
//
// No operation fails with EINTR.  One that waits goes on waiting after a signal
// handler has run; a timed one keeps its deadline.  The kernel queues it again
// then, behind those that came meanwhile.  To end a wait from outside use a
// std::stop_token, a timeout, Semaphore::shutdown() or pthread_cancel().
#ifndef KSEM_SEMAPHORE_H_
#define KSEM_SEMAPHORE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ksem/internal/duration.h"
#include "ksem/internal/export.h"
#include "ksem/internal/limit.h"
#include "ksem/internal/word.h"

namespace ksem {

class Units;
class ScopedUnits;

namespace internal {
class Backend;
class Several;
struct Opened;
}  // namespace internal

// The most units a semaphore can hold: SEM_VALUE_MAX of POSIX.
inline constexpr int kMax = 2147483647;

// Which waiter is served first.
enum class Order {
  kFifo,      // the one that came first
  kPriority,  // real-time tasks of higher priority; equals as they came
};

// How a Semaphore object reaches the kernel's.  All operations do the same
// either way, on the same units, but for this: when the semaphore is removed,
// its files are gone, and an object by files meets ENOENT.  A handle goes on
// for as long as anybody has one, as after sem_unlink().
enum class Via {
  kBest,    // the handle if the device can be opened, else the files
  kHandle,  // /dev/ksem/NAME: no system call unless somebody waits
  kFiles,   // the files in the directory, a system call or more each time
};

// What a semaphore is like.  A member without a value leaves a setting as it
// is; of a new semaphore the comment says how that is.
//
//   auto jobs = ksem::Semaphore::create("jobs", {.value = 2, .max = 2});
struct Settings {
  std::optional<int> value = std::nullopt;    // units available: 0
  std::optional<int> max = std::nullopt;      // the ceiling: kMax
  std::optional<Order> order = std::nullopt;  // kFifo
  // False: a thread that runs may take a unit ahead of the waiters, which is
  // faster by far when many want it; nobody starves. True if not told.
  std::optional<bool> fair = std::nullopt;
  // Whether the kernel writes down which process operated last, and when; every
  // operation is a system call then. False if not told.
  std::optional<bool> record = std::nullopt;

  // Whether what is taken through a handle that is opened later comes back when
  // that is closed, for every program: false.  Options::undo is the same for
  // one object.
  std::optional<bool> undo = std::nullopt;
  // Whether programs can map a handle, to do without system calls: true.
  std::optional<bool> mappable = std::nullopt;

  // Of the device /dev/ksem/NAME, whose owner is the caller; only when a
  // semaphore is made.  0600, whatever the umask is, and the caller's group.
  std::optional<unsigned> mode = std::nullopt;   // 0..0777
  std::optional<unsigned> group = std::nullopt;  // one of the caller's
};

struct Options {
  Via via = Via::kBest;

  // Units that are taken by this object, and not given back by it, come back by
  // themselves when it is destroyed or the process dies, however that happens.
  // (After fork(), when that is true of parent and child.)  It takes the
  // handle, and a system call for each operation.
  bool undo = false;
};

// What has happened to a semaphore since it was made.  What programs take and
// give by a mapped handle, without the kernel, isn't counted.
struct Counters {
  std::uint64_t acquired = 0;     // units
  std::uint64_t posted = 0;       // units
  std::uint64_t contended = 0;    // waits that had to queue
  std::uint64_t timeouts = 0;     // those that ended by their time limit
  std::uint64_t interrupted = 0;  // those that a signal ended
  std::chrono::nanoseconds wait_total{0};    // what all waits have taken
  std::chrono::nanoseconds wait_longest{0};  // the longest of them
};

// How somebody waits.
enum class Way {
  kAcquire,   // for units
  kAny,       // for units of one of several, or in semop()
  kAll,       // for several operations in one step; it is in no queue
  kCallback,  // a kernel module is called when the units are there
};

// One that is blocked.
struct Waiter {
  int pid = 0;    // 0: there is none, or none that this process can see
  int tid = 0;    // the thread, the same
  int units = 0;  // with kAll, 0 is for none to be there
  Way way = Way::kAcquire;
  bool kernel = false;  // it is the kernel's
  std::chrono::nanoseconds waited{0};
  std::string name;  // of the thread
};

// Where semaphores are: $KSEM_ROOT if that is set and not empty, else
// /sys/kernel/config/ksem.  A set-user-ID program doesn't look at $KSEM_ROOT.
// Where $KSEM_ROOT says something else there are no handles.
KSEM_API std::string root();

// One semaphore of the kernel, opened by this process.
//
// Any number of threads may use one object at once.  As with all objects, none
// may use it while it is moved, assigned to or destroyed.  Destroying it closes
// it: the semaphore and its units stay.
//
// After fork() parent and child may both use it.  All descriptors are closed on
// exec.  An object has 2 open; by files up to 20, and one more for each thread
// blocked in it.  (By files, the child also inherits, up to its exec or exit,
// one descriptor that it can't use for each thread of the parent that was
// blocked at that moment.)
//
// As with std::counting_semaphore, a release() happens before the acquire() or
// try_acquire() that takes its units, also in another process: what was written
// to shared memory before the one can be read after the other.
//
// Units belong to nobody: any thread or process may give them back, and those
// of a process that dies are not given back for it, unless Options::undo says
// so.
//
// Cancellation.  Where a call has to wait for units (acquire, try_acquire_for
// and _until) it is a cancellation point for pthread_cancel(); a cancelled wait
// has taken nothing.  Nothing else here is a cancellation point.
class KSEM_API Semaphore {
 public:
  // Makes a semaphore, in one step: nobody ever sees it without its settings,
  // and a process that is killed leaves a whole one or none.  It is there until
  // remove() or the next boot.
  //
  // A name is 1 to 255 bytes without '/', and not ".", ".." or ".control".
  //
  //   EEXIST        there is one already
  //   EINVAL        not a valid name, `max` is less than 1, `value` is
  //                 negative, `mode` is above 0777, or there is no such group
  //   EOVERFLOW     `value` is more than `max`
  //   EPERM         the caller isn't in `group`
  //   ENAMETOOLONG
  //   ENOENT        no directory root(): the module is not loaded; or it isn't
  //                 a directory of semaphores
  //   ENODEV        no /dev/ksem/.control: /dev isn't the kernel's.  Without
  //                 settings that isn't needed.
  //
  // and for its options those of open().  If the new semaphore can't be opened
  // it is removed again.
  static Semaphore create(const std::string& name, int value = 0,
                          int max = kMax, const Options& options = {});
  static Semaphore create(const std::string& name, const Settings& settings,
                          const Options& options = {});

  // Opens one that exists.  No permission is checked before it is needed, but
  // for a handle that is asked for: that has to be open for taking or giving.
  //
  //   EINVAL  not a valid name; or undo by files
  //   ENOENT  no such semaphore
  //   EACCES, ENODEV  the options take a handle, but the device may not be
  //                   opened, or there is none
  static Semaphore open(const std::string& name, const Options& options = {});

  // Opens the semaphore that `fd` is a handle of: a descriptor that was
  // inherited, or that came through a socket.  The object has a duplicate;
  // `fd` stays the caller's.  Both are one handle to the kernel: with `undo`,
  // or if the process that opened it wanted that, units come back when all
  // duplicates are closed.  It takes no permission for the device, and goes on
  // after the semaphore was removed.  name() is what the kernel says; empty
  // without /proc.  Such an object never uses the files: what needs them fails
  // with EACCES.
  //
  //   EBADF   `fd` isn't open
  //   EINVAL  it isn't a handle of a semaphore
  static Semaphore from_descriptor(int fd, bool undo = false);

  // Opens it, or makes it if it isn't there.  The settings count only for the
  // caller that makes it: of several that try at once, exactly one.  Errors as
  // open() and create(), but for EEXIST.  A semaphore that was made stays also
  // if it can't be opened.
  static Semaphore open_or_create(const std::string& name, int value = 0,
                                  int max = kMax, const Options& options = {});
  static Semaphore open_or_create(const std::string& name,
                                  const Settings& settings,
                                  const Options& options = {});

  // Removes the semaphore of that name.
  //
  //   EBUSY   somebody is blocked on it, or a kernel module holds it.  (A
  //           waiter that blocks by a handle at this very moment may be
  //           overlooked; it waits on, for others that have handles.)
  //   EINVAL  not a valid name
  //   ENOENT  no such semaphore
  //   EACCES  no permission for the directory root(), and the caller doesn't
  //           own the device either
  //   EPERM   a kernel module has made it, and has to remove it; or somebody
  //           else owns the device, and root() has the sticky bit
  static void remove(const std::string& name);

  // The names of all there are, in no order.
  static std::vector<std::string> list();

  Semaphore(Semaphore&&) noexcept;
  Semaphore& operator=(Semaphore&&) noexcept;
  ~Semaphore();

  // What it uses: kHandle or kFiles.
  Via via() const;

  // The descriptor of the handle, for poll(), epoll, io_uring and the like; -1
  // by files.  It is the object's: don't close it.
  //
  //   POLLIN   a unit is there that nobody waits for: try_acquire() may get it,
  //            if no other thread or program is faster
  //   POLLOUT  the value is below max(): a unit can be given
  //   POLLHUP, POLLERR  it was shut down
  //
  // A read() takes one unit, and blocks unless the descriptor has O_NONBLOCK; a
  // write() of a number gives so many.
  //
  // O_NONBLOCK belongs to the handle, with all its duplicates and in all
  // processes that have it.  Where somebody has set it, as Asio does, a call of
  // this object that would have to block fails with EAGAIN, having taken
  // nothing; try_acquire() is as always.
  int native_handle() const;

  // Takes `n` units, all at once; blocks until they are there and the waiters
  // before it have theirs.
  //
  //   EINVAL  `n` is less than 1
  //   ERANGE  `n` is more than max()
  void acquire(int n = 1) {
    if (!word_.take(n)) [[unlikely]]
      acquire_slow(n);
  }

  // The same, but a stop request ends it.  Returns true with the units, or
  // false without: never anything between, whichever comes first.  If stop has
  // been requested before the call, nothing is taken.
  //
  // It keeps its place in the queue, so it has to be woken by a signal: a stop
  // request sends SIGURG to the blocked thread, which has it unblocked during
  // the call.  A process that has no handler for SIGURG gets an empty one, with
  // SA_RESTART, when this first blocks.  A handler of its own is left alone and
  // will be called.
  [[nodiscard]] bool acquire(std::stop_token stop, int n = 1) {
    return acquire_stoppable(std::move(stop), n);
  }

  // Takes `n` units if they are there now and nobody waits; false if not.
  // Errors as acquire().
  [[nodiscard]] bool try_acquire(int n = 1) {
    return word_.take(n) || try_acquire_slow(n);
  }

  // As acquire(), but returns false if the units don't come in `timeout`,
  // measured on the steady clock.  0 or less is try_acquire(); more than 292
  // years are 292 years.
  template <class Rep, class Period>
  [[nodiscard]] bool try_acquire_for(
      const std::chrono::duration<Rep, Period>& timeout, int n = 1) {
    return word_.take(n) || acquire_slow(timeout, n);
  }

  // As acquire(), but returns false if the units don't come by `deadline`, on
  // any clock.  One that has passed makes it try_acquire().
  //
  // If a clock that can be set, such as the system clock, is set back during
  // the call, it waits accordingly longer.  If it is set forward, a wait for
  // the system clock by a handle ends accordingly earlier; any other may return
  // as late as it would have otherwise.
  template <class Clock, class Duration>
  [[nodiscard]] bool try_acquire_until(
      const std::chrono::time_point<Clock, Duration>& deadline, int n = 1) {
    return word_.take(n) || acquire_slow_until(deadline, n);
  }

  // As the two above, but a stop request ends them, too, as with acquire(stop).
  // If false, stop.stop_requested() tells whether it was that or the time.
  template <class Rep, class Period>
  [[nodiscard]] bool try_acquire_for(
      std::stop_token stop, const std::chrono::duration<Rep, Period>& timeout,
      int n = 1) {
    return acquire_stoppable({timeout, std::move(stop)}, n);
  }
  // Of the steady clock or the system clock.
  template <class Clock, class Duration>
  [[nodiscard]] bool try_acquire_until(
      std::stop_token stop,
      const std::chrono::time_point<Clock, Duration>& deadline, int n = 1) {
    return acquire_stoppable({deadline, std::move(stop)}, n);
  }

  // Gives `n` units, and wakes the waiters that can then go.  Never blocks.
  //
  //   EINVAL     `n` is less than 1
  //   EOVERFLOW  the value would pass max(); none is given
  //
  // After units were taken by this object: never EMFILE, ENFILE or ENOMEM.
  void release(int n = 1) {
    if (!word_.give(n)) [[unlikely]]
      release_slow(n);
  }

  // Units available now; out of date when you see it.  It can be above 0 while
  // somebody waits for more than that.
  int value() const;

  // The ceiling that value() can't pass.
  int max() const;

  // How many tasks, in the whole system, are blocked on it now.
  int waiters() const;

  // Who they are: the first 64, in the order in which they would be served now,
  // and behind them those that are in no queue.
  //
  //   ENODEV  it is used by its files
  std::vector<Waiter> waiting() const;

  Order order() const;

  // Whether units are handed over in order; see Settings::fair.
  bool fair() const;

  // Changes several settings in one step, all or none.  By a handle the caller
  // has to own the device or to have CAP_FOWNER; all others need permission for
  // the files.  By these it is one step for each setting, and those before one
  // that fails are changed.  Errors as those of the following functions;
  // also EINVAL if `mode` or `group` is said.
  void set(const Settings& settings);

  // Sets the units available, and wakes all waiters that can then go.
  //
  //   EINVAL     `value` is negative
  //   EOVERFLOW  it is more than max()
  void set_value(int value);

  //   EBUSY   somebody waits for more units than that
  //   EINVAL  `max` is less than 1, or less than value()
  void set_max(int max);

  //   EBUSY  somebody waits
  void set_order(Order order);

  // Also while somebody waits.
  void set_fair(bool fair);

  // Everybody blocked on it, and everybody who comes later, gets EIDRM.  There
  // is no way back.  Shutting it down again does nothing.  Permissions are
  // those of set().
  void shutdown();
  bool is_shutdown() const;

  // The kernel's number of the semaphore, which no other one is given, also
  // after its end.
  //
  //   ENODEV  it is used by its files
  std::uint64_t identity() const;

  // The units that the kernel gives back for this object when it is destroyed,
  // or the process dies: what was taken with Options::undo, less what was
  // given. Below 0: it takes them.
  //
  //   ENODEV  it is used by its files
  std::int64_t undo_units() const;

  // Anybody may read them.
  //
  //   ENOENT  it was removed
  //   ENODEV  root() isn't where the kernel has them
  Counters counters() const;

  // Empty if it has been moved from.
  const std::string& name() const noexcept { return name_; }

  // As above, but an error is told by `error`: see "Errors".
  //
  // NOLINTBEGIN(bugprone-exception-escape): with `error` nothing is thrown
  static Semaphore create(const std::string& name, const Settings& settings,
                          const Options& options, std::error_code& error);
  static Semaphore open(const std::string& name, const Options& options,
                        std::error_code& error);
  static Semaphore from_descriptor(int fd, bool undo, std::error_code& error);
  static Semaphore open_or_create(const std::string& name,
                                  const Settings& settings,
                                  const Options& options,
                                  std::error_code& error);
  static void remove(const std::string& name, std::error_code& error);
  static std::vector<std::string> list(std::error_code& error);

  void acquire(int n, std::error_code& error) {
    error.clear();
    if (!word_.take(n)) acquire_slow(n, &error);
  }
  [[nodiscard]] bool acquire(std::stop_token stop, int n,
                             std::error_code& error) {
    return acquire_stoppable(std::move(stop), n, &error);
  }
  [[nodiscard]] bool try_acquire(int n, std::error_code& error) noexcept {
    error.clear();
    return word_.take(n) || try_acquire_slow(n, &error);
  }
  template <class Rep, class Period>
  [[nodiscard]] bool try_acquire_for(
      const std::chrono::duration<Rep, Period>& timeout, int n,
      std::error_code& error) {
    error.clear();
    return word_.take(n) || acquire_slow(timeout, n, &error);
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_acquire_until(
      const std::chrono::time_point<Clock, Duration>& deadline, int n,
      std::error_code& error) {
    error.clear();
    return word_.take(n) || acquire_slow_until(deadline, n, &error);
  }
  template <class Rep, class Period>
  [[nodiscard]] bool try_acquire_for(
      std::stop_token stop, const std::chrono::duration<Rep, Period>& timeout,
      int n, std::error_code& error) {
    return acquire_stoppable({timeout, std::move(stop)}, n, &error);
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_acquire_until(
      std::stop_token stop,
      const std::chrono::time_point<Clock, Duration>& deadline, int n,
      std::error_code& error) {
    return acquire_stoppable({deadline, std::move(stop)}, n, &error);
  }
  void release(int n, std::error_code& error) noexcept {
    error.clear();
    if (!word_.give(n)) release_slow(n, &error);
  }

  int value(std::error_code& error) const noexcept;
  int max(std::error_code& error) const noexcept;
  int waiters(std::error_code& error) const noexcept;
  std::vector<Waiter> waiting(std::error_code& error) const;
  Order order(std::error_code& error) const noexcept;
  bool fair(std::error_code& error) const noexcept;
  void set(const Settings& settings, std::error_code& error) noexcept;
  void shutdown(std::error_code& error) noexcept;
  bool is_shutdown(std::error_code& error) const noexcept;
  std::uint64_t identity(std::error_code& error) const noexcept;
  std::int64_t undo_units(std::error_code& error) const noexcept;
  Counters counters(std::error_code& error) const;
  // NOLINTEND(bugprone-exception-escape)

 private:
  friend class Units;
  friend class ScopedUnits;
  friend class internal::Several;

  Semaphore(int failed, std::unique_ptr<internal::Opened>& opened,
            std::error_code& error);

  internal::Backend& units();
  bool done(int failed, int no, const char* operation,
            std::error_code* error) const;

  // When it takes the kernel.  What fails is told by `error`, and thrown if
  // that is null.
  void acquire_slow(int n, std::error_code* error = nullptr);
  bool acquire_slow(const internal::Limit& limit, int n,
                    std::error_code* error = nullptr);
  bool acquire_stoppable(const internal::Limit& limit, int n,
                         std::error_code* error = nullptr);
  bool try_acquire_slow(int n, std::error_code* error = nullptr);
  void release_slow(int n, std::error_code* error = nullptr);

  // The kernel can't wait for all clocks.
  template <class Clock, class Duration>
  bool acquire_slow_until(
      const std::chrono::time_point<Clock, Duration>& deadline, int n,
      std::error_code* error = nullptr) {
    if constexpr (internal::kHasDeadlines<Clock>) {
      return acquire_slow(deadline, n, error);
    } else {
      std::chrono::nanoseconds left = internal::time_left(deadline);
      do {
        if (acquire_slow(left, n, error)) return true;
        left = internal::time_left(deadline);
      } while (left.count() > 0 && !(error && *error));
      return false;
    }
  }

  std::string name_;
  std::unique_ptr<internal::Opened> opened_;
  internal::Word word_;  // stays mapped as long as *opened_ is there
};

}  // namespace ksem

#endif  // KSEM_SEMAPHORE_H_
