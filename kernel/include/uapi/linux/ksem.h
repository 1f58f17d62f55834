/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Semaphores that the kernel and user space share: the device's interface.
 *
 * A handle is an open file of /dev/ksem/NAME.  It serves its semaphore until
 * it is closed, also after rmdir has taken the name away.  Any number of
 * threads can block on one handle.
 *
 * Reading needs read permission and waits; writing needs write permission and
 * posts, both with the text of the files "wait" and "post".  The requests below
 * do the same and more.  A program that maps the page of a handle doesn't even
 * need a system call as long as nobody has to wait.
 */
#ifndef _UAPI_LINUX_KSEM_H
#define _UAPI_LINUX_KSEM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The most units a semaphore can hold; SEM_VALUE_MAX of glibc. */
#define KSEM_VALUE_MAX		0x7fffffffU

/*
 * Structures grow at their end, and the request tells how long they are; where a
 * structure is an element of an array, @op_size does.  A kernel that is newer
 * takes what is missing as 0; one that is older takes a longer structure if what
 * it doesn't know is 0, and says E2BIG otherwise.  Flags it doesn't know, and less
 * than is here, give EINVAL.
 *
 * Identity: every semaphore has a number that no other one is given, also after
 * its own end; INFO tells it.  A request can say in @id which semaphore it means.
 * If the handle is another one's, as when a program has closed descriptors that it
 * didn't know and the number is in use again, it fails with ESTALE and does
 * nothing.  0 means whichever it is.  Identities count up from a random number
 * that is drawn when the module is loaded; the lower 32 bits are never 0.
 */

/* Flags of a wait. */
#define KSEM_WAIT_UNDO		0x1 /* give the units back with the handle */
#define KSEM_WAIT_NOWAIT	0x2 /* EAGAIN instead of blocking */
#define KSEM_WAIT_TIMEOUT	0x4 /* ETIMEDOUT after so many ns */
#define KSEM_WAIT_DEADLINE	0x8 /* ETIMEDOUT when clock says so many ns */
#define KSEM_WAIT_NORESTART	0x10 /* a signal ends it, SA_RESTART or not */

/**
 * struct ksem_ioc_wait - take units
 * @units: how many, all at once: 1..KSEM_VALUE_MAX
 * @flags: KSEM_WAIT_*; TIMEOUT and DEADLINE exclude each other
 * @timeout: in ns, 0 or more; 0 without TIMEOUT and DEADLINE
 * @clock: CLOCK_REALTIME, CLOCK_MONOTONIC or CLOCK_BOOTTIME; 0 without TIMEOUT
 *	and DEADLINE.  A TIMEOUT by CLOCK_REALTIME goes by CLOCK_MONOTONIC, as
 *	setting the clock doesn't change how long something takes.  A DEADLINE is
 *	by the clock as the caller's time namespace shows it.
 * @taken: out: @units, as soon as they are taken; else as it was.  If it was 0,
 *	it tells of a thread that was cancelled whether it has units.
 * @id: the identity of the semaphore that is meant, or 0
 *
 * A TIMEOUT that a signal interrupts comes back as a DEADLINE, so that the same
 * request made again waits for the rest of the time only.  Otherwise @flags is only
 * read: another thread can make it void, and a request that is restarted after a
 * signal then ends with EINVAL.
 */
struct ksem_ioc_wait {
	__u32	units;
	__u32	flags;
	__s64	timeout;
	__u32	clock;
	__u32	taken;
	__u64	id;
};

/* Flags of a post. */
#define KSEM_POST_UNDO		0x1 /* they need not come back any more */

/**
 * struct ksem_ioc_post - give units, all of them or none
 * @units: how many: 1..KSEM_VALUE_MAX
 * @flags: KSEM_POST_*
 * @id: the identity of the semaphore that is meant, or 0
 */
struct ksem_ioc_post {
	__u32	units;
	__u32	flags;
	__u64	id;
};

/* Flags of an info. */
#define KSEM_INFO_PRIORITY	0x1 /* order is priority, else fifo */
#define KSEM_INFO_SHUTDOWN	0x2 /* shut down */
#define KSEM_INFO_MAPPABLE	0x4 /* this handle can be mapped now */
#define KSEM_INFO_UNDO		0x8 /* all this handle takes comes back */
#define KSEM_INFO_OWNER		0x10 /* this handle's caller may use CONFIG */
#define KSEM_INFO_UNFAIR	0x20 /* "fair" is 0 */
#define KSEM_INFO_RECORD	0x40 /* "record" is 1 */
#define KSEM_INFO_GROUP		0x80 /* it is the head of a group, all of which is there */

/* Why a handle can't be mapped. */
#define KSEM_MAP_OK		0
#define KSEM_MAP_FORBIDDEN	1 /* "mappable" is 0 */
#define KSEM_MAP_UNDO		2 /* the handle gives everything back */
#define KSEM_MAP_MODE		3 /* it isn't open for reading and writing */
#define KSEM_MAP_ATOMICS	4 /* the kernel has no 64-bit atomic instructions */
#define KSEM_MAP_CACHE		5 /* its caches don't keep mappings alike */

/**
 * struct ksem_ioc_info - what a semaphore and a handle are like now
 * @value: units available
 * @max: the ceiling
 * @waiters: how many are blocked
 * @flags: KSEM_INFO_*
 * @undo: units that would come back if this handle were closed; below 0 if they
 *	would be taken
 * @page_version: KSEM_PAGE_VERSION of the kernel
 * @for_units: those of @waiters that wait for units of this semaphore
 * @for_zero: those that wait until it has none; the rest of @waiters are blocked
 *	in ALL by another semaphore or, if this is a head, in SEMOP by a member
 * @map: KSEM_MAP_*
 * @id: the semaphore's identity
 * @op_time: of the last operation since "record" is 1, in seconds of CLOCK_REALTIME;
 *	0 if there was none
 * @set_time: when the value was set last since then; 0 if it never was
 * @pid: the process that did the last of both, as the caller's pid namespace has
 *	it; 0 if it was the kernel, or a process that isn't in there
 * @uid: who made the semaphore
 * @gid: the same
 * @reserved: 0
 */
struct ksem_ioc_info {
	__u32	value;
	__u32	max;
	__u32	waiters;
	__u32	flags;
	__s64	undo;
	__u32	page_version;
	__u32	for_units;
	__u32	for_zero;
	__u32	map;
	__u64	id;
	__s64	op_time;
	__s64	set_time;
	__s32	pid;
	__u32	uid;
	__u32	gid;
	__u32	reserved;
};

#define KSEM_OPS_MAX		64

/* What to do with one of several semaphores. */
#define KSEM_OP_WAIT		0	/* take units */
/* With all, not with any: */
#define KSEM_OP_POST		1	/* give units */
#define KSEM_OP_ZERO		2	/* wait until there are none */
#define KSEM_OP_SET		3	/* let there be so many */

/* Flags of one operation of all. */
#define KSEM_OP_UNDO		0x1 /* as KSEM_WAIT_UNDO, for this one; SET: see there */
#define KSEM_OP_ADJUST		0x2 /* WAIT, POST: undo it, whichever it is */
#define KSEM_OP_NOWAIT		0x4 /* EAGAIN instead of blocking for this one */

/**
 * struct ksem_ioc_op - one operation of several
 * @fd: the handle; WAIT and ZERO need read permission, POST write permission,
 *	and SET both
 * @op: KSEM_OP_*
 * @units: how many; 0 for ZERO, 0..KSEM_VALUE_MAX for SET
 * @flags: KSEM_OP_*; with any, 0
 * @id: the identity of the semaphore that is meant, or 0
 *
 * With UNDO a post takes off what the handle would give back, down to 0.  With
 * ADJUST it goes below: when the handle is closed, what it has posted more than
 * taken is taken from the value, down to 0.  SET with UNDO also makes void what
 * all handles of the semaphore would undo.
 */
struct ksem_ioc_op {
	__s32	fd;
	__u32	op;
	__u32	units;
	__u32	flags;
	__u64	id;
};

/**
 * struct ksem_ioc_multi - operations on several semaphores at once
 * @ops: address of an array of struct ksem_ioc_op
 * @nr: its length, 1..KSEM_OPS_MAX
 * @flags: as in struct ksem_ioc_wait
 * @timeout: as there
 * @clock: as there
 * @index: out: which operation was done, with any; or which one failed
 * @taken: out: with any, the units, as soon as they are taken; else as it was
 * @op_size: sizeof(struct ksem_ioc_op)
 *
 * ANY does the first operation that can be done, and in the order of the array
 * if several can.  It takes every semaphore once: EINVAL if two handles are of one.
 * ALL does all of them in one step, in the order of the array, or none: until all can
 * be done, it takes no unit and keeps no place in a queue, so that waiters on one
 * semaphore alone go first.  If all are on one semaphore, the request that makes the
 * awaited change carries it out, so that a value that lasts for a moment is enough: to
 * wait for 0, for any number of callers; to take or give, for the first 32 of them, or
 * 128 operations.  Else, and with a SET, it tries again after each change, and can
 * miss such a value.
 */
struct ksem_ioc_multi {
	__u64	ops;
	__u32	nr;
	__u32	flags;
	__s64	timeout;
	__u32	clock;
	__u32	index;
	__u32	taken;
	__u32	op_size;
};

/* What to set. */
#define KSEM_SET_VALUE		0x1
#define KSEM_SET_MAX		0x2
#define KSEM_SET_ORDER		0x4
#define KSEM_SET_UNDO		0x8
#define KSEM_SET_MAPPABLE	0x10
#define KSEM_SET_FAIR		0x20
#define KSEM_SET_RECORD		0x100
/* With CONFIG only, and alone: as "1" in the file "shutdown", but EIDRM if it is */
#define KSEM_SET_SHUTDOWN	0x200
/* With NEXT only: */
#define KSEM_SET_MODE		0x40
#define KSEM_SET_GROUP		0x80

#define KSEM_ORDER_FIFO		0
#define KSEM_ORDER_PRIORITY	1

/**
 * struct ksem_settings - several settings in one step, all or none
 * @set: KSEM_SET_*, which of the others count
 * @value: units available: 0..@max
 * @max: the ceiling: 1..KSEM_VALUE_MAX
 * @order: KSEM_ORDER_*
 * @undo: 0 or 1, the rule for handles opened from now on
 * @mappable: 0 or 1
 * @mode: of the device's node: 0..0777
 * @group: of the device's node: one of the caller's, or any with CAP_CHOWN
 * @fair: 0 or 1
 * @record: 0 or 1, whether INFO tells who operated last, and when; with 1 every
 *	operation is a system call
 * @id: with CONFIG, the identity of the semaphore that is meant, or 0
 *
 * KSEM_IOC_CONFIG on a handle: for the owner of its node, and CAP_FOWNER; others
 * get EPERM.  Once the name has gone, its owner is the one that the node had when the
 * handle was opened.  The errors are those of the files, but a number above
 * KSEM_VALUE_MAX is EINVAL for max and EOVERFLOW for value.
 *
 * KSEM_IOC_NEXT on KSEM_CONTROL: the settings of the next semaphore that this
 * thread makes by mkdir, whatever its name, which so never exists without them.
 * They are for one mkdir, and gone when that has made one or tried to: after ENOMEM
 * or ENOSPC from mkdir, leave them anew.  (EEXIST and what a directory's permissions
 * forbid come before that.)  They are gone, too, after the thread's next NEXT (@set 0
 * leaves nothing), when the descriptor is closed, and when the thread's rights change,
 * as by setuid() or execve().
 */
struct ksem_settings {
	__u32	set;
	__u32	value;
	__u32	max;
	__u32	order;
	__u32	undo;
	__u32	mappable;
	__u32	mode;
	__u32	group;
	__u32	fair;
	__u32	record;
	__u64	id;
};

/*
 * Groups: the requests of System V's semaphores.  A semaphore becomes the head of a
 * group when its owner says of how many members it is to be, and names them one after
 * the other; from the last one on, the group is there, for as long as its head.  A
 * handle of the head is then a handle of all the members, with one request and
 * whatever their own nodes' modes are: to change them takes write permission for the
 * head, to wait for zero and to look takes read permission (else EACCES).  After a
 * shutdown of the head, all of these give EIDRM, also to tasks that are blocked; the
 * members themselves go on.
 *
 * ENOENT: this semaphore isn't the head of a group, or that isn't there yet.
 */
#define KSEM_GROUP_MAX		1024

/**
 * struct ksem_ioc_group - make this semaphore the head of a group, or tell of it
 * @id: the identity of the head that is meant, or 0
 * @members: how many: 1..KSEM_GROUP_MAX
 * @key: a number that the owner chooses
 * @op_time: out: as @op_time of struct ksem_ioc_info, the latest of all members
 * @set_time: out: the same of @set_time
 * @uid: out: who made the head
 * @gid: out: the same
 *
 * KSEM_IOC_GROUP makes it: for the head's owner, and CAP_FOWNER; others get EPERM.
 * What had been begun before is forgotten.  EEXIST: the group is there; EINVAL: the
 * semaphore is a member of one.  KSEM_IOC_GROUP_INFO tells of it, and
 * @members and @key are out, too.
 */
struct ksem_ioc_group {
	__u64	id;
	__u32	members;
	__u32	key;
	__s64	op_time;
	__s64	set_time;
	__u32	uid;
	__u32	gid;
};

/**
 * struct ksem_ioc_join - add the next member to a group
 * @id: the identity of the head that is meant, or 0
 * @fd: a handle of the member, open for reading and writing
 * @reserved: 0
 *
 * EINVAL: @fd is no handle, or that of a head; ENOENT: there is nothing to join.
 */
struct ksem_ioc_join {
	__u64	id;
	__s32	fd;
	__u32	reserved;
};

/**
 * struct ksem_ioc_semop - semtimedop() on the members
 * @id: the identity of the head that is meant, or 0
 * @ops: address of an array of struct sembuf
 * @timeout: address of a struct __kernel_timespec, or 0
 * @nr: length of the array, 1..KSEM_OPS_MAX
 * @reserved: 0
 *
 * Like ALL it does all operations in one step or none, and what is on one member is
 * carried out by the request that makes the change.  A wait for one unit of one member
 * stands in that member's queue; all others keep no place in a queue.  Its errors are
 * those of semtimedop(2), and ERANGE for a wait for more units than the ceiling.
 * SEM_UNDO goes by the handle of the head: what was done so by it is undone when that
 * is closed, or when the process (not a thread) that was the first to use SEM_UNDO by
 * it ends and has it open still.  If "undo" of the head was 1 when the handle was
 * opened, all of its operations have SEM_UNDO.
 */
struct ksem_ioc_semop {
	__u64	id;
	__u64	ops;
	__u64	timeout;
	__u32	nr;
	__u32	reserved;
};

/**
 * struct ksem_ioc_member - what one member is like now
 * @id: the identity of the head that is meant, or 0
 * @index: in: which member
 * @value: out, and all that follows: as in struct ksem_ioc_info
 * @max: the same
 * @for_units: the same
 * @for_zero: the same
 * @pid: the same
 * @op_time: the same
 * @set_time: the same
 */
struct ksem_ioc_member {
	__u64	id;
	__u32	index;
	__u32	value;
	__u32	max;
	__u32	for_units;
	__u32	for_zero;
	__s32	pid;
	__s64	op_time;
	__s64	set_time;
};

/**
 * struct ksem_ioc_values - values of members, read or set
 * @id: the identity of the head that is meant, or 0
 * @values: address of an array of __u16
 * @first: the first member
 * @nr: how many
 *
 * So many as KSEM_OPS_MAX are read, or set, in one step; of more, one step follows
 * the other.  To set them makes void what all handles would undo there.  ERANGE: a
 * value is larger than its member's ceiling, or too large for the array.
 */
struct ksem_ioc_values {
	__u64	id;
	__u64	values;
	__u32	first;
	__u32	nr;
};

#define KSEM_FIND_COUNT		0x1

/**
 * struct ksem_ioc_find - look for a group
 * @minor: the first minor number to look at; out: that of the head that was found
 * @flags: KSEM_FIND_COUNT: tell @groups, @all_members and @last, too
 * @id: out: its identity
 * @op_time: out: as in struct ksem_ioc_group
 * @set_time: the same
 * @members: the same
 * @key: the same
 * @uid: the same
 * @gid: the same
 * @groups: out: how many groups there are in all
 * @all_members: out: how many members these have
 * @last: out: the largest minor number of a head
 * @reserved: 0
 * @name: out: of the head
 *
 * KSEM_IOC_FIND on KSEM_CONTROL, for everybody.  Heads that are shut down don't
 * count.  ENOENT: there is none; what was to be counted is told all the same.
 */
struct ksem_ioc_find {
	__u32	minor;
	__u32	flags;
	__u64	id;
	__s64	op_time;
	__s64	set_time;
	__u32	members;
	__u32	key;
	__u32	uid;
	__u32	gid;
	__u32	groups;
	__u32	all_members;
	__u32	last;
	__u32	reserved;
	char	name[256];
};

/* The way in which somebody waits. */
#define KSEM_WAY_WAIT		0	/* for units of this semaphore */
#define KSEM_WAY_ANY		1	/* for units of one of several */
#define KSEM_WAY_ALL		2	/* for a step, mostly on several; not in the queue */
#define KSEM_WAY_CALLBACK	3	/* a kernel module's request, without a task */

/* Flags of a waiter. */
#define KSEM_WAITER_KERNEL	0x1	/* a kernel thread, or a callback */

/**
 * struct ksem_ioc_waiter - one waiter
 * @pid: its process, as the caller's pid namespace has it; 0 if that isn't in there,
 *	or there is none
 * @tid: its thread, the same
 * @units: what it waits for; with KSEM_WAY_ALL 0 if that is for none
 * @way: KSEM_WAY_*
 * @flags: KSEM_WAITER_*
 * @reserved: 0
 * @ns: how long it has waited, in ns
 * @comm: the name of the thread, which ends with a 0; empty if there is none
 */
struct ksem_ioc_waiter {
	__u32	pid;
	__u32	tid;
	__u32	units;
	__u32	way;
	__u32	flags;
	__u32	reserved;
	__s64	ns;
	char	comm[16];
};

/* The most waiters that are told of at once. */
#define KSEM_WAITERS_MAX	64

/**
 * struct ksem_ioc_waiters - who is blocked now
 * @id: the identity of the semaphore that is meant, or 0
 * @waiters: address of an array of struct ksem_ioc_waiter
 * @nr: its length; out: how many of its elements are filled
 * @waiter_size: sizeof(struct ksem_ioc_waiter)
 * @total: out: how many are blocked in all
 * @reserved: 0
 *
 * The first KSEM_WAITERS_MAX, in the order in which they will be served as things
 * are, and after them those that are in no queue.  Of a head, these are also those that
 * wait in SEMOP for its members, with 0 units.  For every handle.
 */
struct ksem_ioc_waiters {
	__u64	id;
	__u64	waiters;
	__u32	nr;
	__u32	waiter_size;
	__u32	total;
	__u32	reserved;
};

/* Always there while the module is loaded; everybody may open it. */
#define KSEM_CONTROL	"/dev/ksem/.control"

#define KSEM_IOC_TYPE	0xbe
#define KSEM_IOC_WAIT	_IOWR(KSEM_IOC_TYPE, 0, struct ksem_ioc_wait)
#define KSEM_IOC_POST	_IOW(KSEM_IOC_TYPE, 1, struct ksem_ioc_post)
#define KSEM_IOC_INFO	_IOR(KSEM_IOC_TYPE, 2, struct ksem_ioc_info)
#define KSEM_IOC_ANY	_IOWR(KSEM_IOC_TYPE, 3, struct ksem_ioc_multi)
#define KSEM_IOC_ALL	_IOWR(KSEM_IOC_TYPE, 4, struct ksem_ioc_multi)
#define KSEM_IOC_CONFIG	_IOW(KSEM_IOC_TYPE, 7, struct ksem_settings)
#define KSEM_IOC_NEXT	_IOW(KSEM_IOC_TYPE, 8, struct ksem_settings)
#define KSEM_IOC_GROUP	_IOW(KSEM_IOC_TYPE, 9, struct ksem_ioc_group)
#define KSEM_IOC_JOIN	_IOW(KSEM_IOC_TYPE, 10, struct ksem_ioc_join)
#define KSEM_IOC_GROUP_INFO	_IOWR(KSEM_IOC_TYPE, 11, struct ksem_ioc_group)
#define KSEM_IOC_SEMOP	_IOW(KSEM_IOC_TYPE, 12, struct ksem_ioc_semop)
#define KSEM_IOC_MEMBER	_IOWR(KSEM_IOC_TYPE, 13, struct ksem_ioc_member)
#define KSEM_IOC_GET_VALUES	_IOW(KSEM_IOC_TYPE, 14, struct ksem_ioc_values)
#define KSEM_IOC_SET_VALUES	_IOW(KSEM_IOC_TYPE, 15, struct ksem_ioc_values)
#define KSEM_IOC_FIND	_IOWR(KSEM_IOC_TYPE, 16, struct ksem_ioc_find)
#define KSEM_IOC_WAITERS	_IOWR(KSEM_IOC_TYPE, 17, struct ksem_ioc_waiters)

/*
 * As rmdir of the semaphore's directory, for the owner of the node, and CAP_FOWNER;
 * others get EPERM.  The parent directory has to be writable for the caller: EACCES.
 * If it has the sticky bit, an owner can't do it otherwise, as the directories of
 * semaphores are root's.  The argument is the lower half of the identity that is
 * meant, or 0.
 */
#define KSEM_IOC_REMOVE	_IO(KSEM_IOC_TYPE, 20)

/*
 * Opens the semaphore once more: the result is a descriptor, closed on exec, of a
 * handle for the same accesses that has an account of its own.  A child can so have
 * what it takes come back when it ends itself, where there is no /dev (chroot), or
 * it may not open the node any more.  ENXIO after rmdir.  The argument is that of
 * REMOVE.
 */
#define KSEM_IOC_AGAIN	_IO(KSEM_IOC_TYPE, 21)

/*
 * WAIT and POST without flags and limits.  The argument is how many units: there
 * is no structure to fetch, which is most of the cost when nobody waits.  Where
 * unsigned long has 64 bits, the upper half may be the lower half of the identity
 * of the semaphore that is meant.
 */
#define KSEM_IOC_TAKE	_IO(KSEM_IOC_TYPE, 5)
#define KSEM_IOC_GIVE	_IO(KSEM_IOC_TYPE, 6)

/*
 * The page: mmap() one page at offset 0 of a handle that is open for reading
 * and writing, with MAP_SHARED.
 *
 * Everything that an uncontended wait or post has to know is in one word, so
 * that one compare-and-exchange does it and a changed ceiling can't slip by:
 *
 *   bits  0..30  units available
 *   bit  31      CONTENDED: only the kernel changes the word
 *   bits 32..62  the ceiling, up to which programs can give
 *   bit  63      0
 *
 * To take n units: if CONTENDED is clear and there are n of them, exchange the
 * word for one with n less, with acquire ordering.  To give n: if CONTENDED is
 * clear and n more don't pass the ceiling, exchange it for one with n more,
 * with release ordering.  In all other cases use KSEM_IOC_WAIT and
 * KSEM_IOC_POST.  The kernel sets CONTENDED while somebody is blocked or
 * watches, and for ever after shutdown.
 *
 * The word can have CONTENDED clear and a ceiling that is smaller than the
 * semaphore's: 0 while a program polls, and if the semaphore isn't fair, also while
 * somebody is blocked.  So the ceiling in the word is for giving only; INFO tells
 * the real one.
 *
 * A process that can map a page can write anything into it.  The kernel clamps what it
 * finds; the worst that comes of it is what waiting and posting could do, too: units
 * too many, too few, and waiters that wait on.
 */
#define KSEM_PAGE_VERSION	1

struct ksem_page {
	__u64	word __attribute__((aligned(64)));
	__u32	version __attribute__((aligned(64)));
};

#define KSEM_WORD_CONTENDED	0x80000000ULL
#define KSEM_WORD_UNITS(word)	((__u32)((word) % KSEM_WORD_CONTENDED))
#define KSEM_WORD_CEILING(word)	((__u32)((word) >> 32))

#endif /* _UAPI_LINUX_KSEM_H */
