/* SPDX-License-Identifier: MIT */
/*
 * kernel/sem/core.c, fast.h and queue.h.  An inline stands for the function of
 * the same name.
 *
 * A step of the model is what others can see happen at once.  What only the
 * holder of the lock looks at goes with the step before it.  So does taking the
 * lock with ksem_enter(), and dropping it with ksem_leave(): the fast paths
 * don't see the lock, and a poller that joins the wait queue between the look of
 * ksem_leave() and its store might as well join after the store, since it takes
 * the lock next.
 *
 * A configuration defines TASKS; QUEUE, the number of waiters; SEMS, the number
 * of semaphores; and what it uses: ANYS, STEPS, REQUESTS (their number), POLLS,
 * HANDLES (their number), THREAD, PRIORITY, UNFAIR, LOWERS (the ceiling).  With
 * UNFAIR, semaphores are unfair from the start.  Every process has the variables of
 * LOCALS.  One that sets no_preempt can't be preempted, as in an interrupt.
 */

#ifndef SEMS
#define SEMS		1
#endif
#ifndef KSEM_BATCH
#define KSEM_BATCH	2
#endif
#ifndef KSEM_FAST_TRIES
#define KSEM_FAST_TRIES	1
#endif

/* What functions return, and the status of a waiter. */
#define OK		0
#define KSEM_QUEUED	1
#define EAGAIN		2
#define EINTR		3
#define ETIMEDOUT	4
#define EIDRM		5
#define ERANGE		6
#define EOVERFLOW	7
#define ECANCELED	8
#define EINVAL		9
#define EBUSY		10
#define KSEM_NUDGED	11	/* a status too, as are the next two */
#define KSEM_PASSABLE	12
#define KSEM_PASSED	13
#define HAS_NUDGE(w) \
	(waiter[w].status == KSEM_NUDGED || waiter[w].status == KSEM_PASSED)

/* Where sem->word points to. */
#define OWN_WORD	0
#define PAGE_WORD	1

#define NOBODY		255

#define MAX_RT_PRIO	2

typedef Word {
	byte units;
	byte ceiling;
	bit contended
};

typedef Ksem {
	Word mem[2];
	bit word;		/* OWN_WORD or PAGE_WORD */
	bit lock;
	byte units;
	byte max;
	byte nr_waiters;
	byte queue[QUEUE];	/* of waiters, the one to serve next first */
	bit dead;
	bit page;
#if defined(STEPS) || defined(POLLS)
	byte changed;
#endif
#ifdef STEPS
	byte nr_steps;
	byte steps;		/* a bit for each task, as in steps_due */
	byte steps_due;
#endif
#ifdef POLLS
	byte poll;		/* the wait queue: a bit for each task; WATCH */
#endif
#ifdef HANDLES
	byte epoch;
#endif
#ifdef THREAD
	byte late;
	bit rest;		/* on the list of the thread */
#endif
#ifdef PRIORITY
	byte tickets;
#endif
#ifdef UNFAIR
	bit unfair;
	bit nudged;
#endif
#ifdef LOWERS
	bit opened;
	bit lowered;
#endif
	bit unsettled		/* ghost: a waiter that can go will be served soon */
};

typedef Waiter {
	byte units;
	byte status;
#ifdef ANYS
	byte any;		/* the task whose wait-any it belongs to, or NOBODY */
	byte index;
#endif
#ifdef HANDLES
	byte account;		/* a handle, or NOBODY */
#endif
#ifdef PRIORITY
	byte prio;
	byte ticket;
#endif
#ifdef UNFAIR
	bit tried;
	bit is_settled;		/* ghost: units are handed over to it, for ever */
#endif
	byte task		/* NOBODY in a request */
};

Ksem sem[SEMS];
Waiter waiter[QUEUE];
bit asleep[TASKS];		/* set_current_state(): not TASK_RUNNING */
#ifdef PRIORITY
byte prio[TASKS];		/* of the task now; the smaller goes first */
#endif

/* Ghosts: what the properties are about. */
byte made[SEMS];		/* units there ever were */
byte held[SEMS];		/* units that somebody was given */
byte kept[SEMS];		/* units that somebody knows to have */

/* Only inside a d_step, so no part of the state. */
hidden byte contended;
hidden byte at;
hidden byte other;
hidden byte tmp;
hidden byte head;
hidden byte units;
hidden byte wanted;

#ifdef ANYS
#define LOCALS_ANY	byte ends; byte ended; byte member; bit later;
#else
#define LOCALS_ANY
#endif
#ifdef REQUESTS
#define LOCALS_CALL	byte calls; byte nr_calls; byte again; byte result;
#else
#define LOCALS_CALL
#endif
#if defined(STEPS) && SEMS == 1
byte step_op[TASKS];		/* what a blocked step does */
bit done[TASKS];		/* another task has carried it out */
#endif

#if defined(STEPS) && SEMS > 1
#define LOCALS_STEP	bit more1;
#else
#define LOCALS_STEP
#endif
#ifdef POLLS
#define LOCALS_POLL	byte news;
#else
#define LOCALS_POLL
#endif
#ifdef UNFAIR
#define LOCALS_UNFAIR	bit handed;
#else
#define LOCALS_UNFAIR
#endif

/* left, more, to_wake, ends and calls are struct ksem_batch. */
#define LOCALS \
	LOCALS_ANY \
	LOCALS_CALL \
	LOCALS_STEP \
	LOCALS_POLL \
	LOCALS_UNFAIR \
	byte err; \
	byte left; \
	bit more; \
	byte to_wake; \
	byte tries; \
	bit locked; \
	bit no_preempt; \
	bit p; \
	Word old

#define WORD(s)		sem[s].mem[sem[s].word]
#define HEAD(s)		sem[s].queue[0]

#define WORD_IS(s, p, w) \
	(sem[s].mem[p].units == w.units && \
	 sem[s].mem[p].ceiling == w.ceiling && \
	 sem[s].mem[p].contended == w.contended)

#define copy_word(to, from) \
	to.units = from.units; \
	to.ceiling = from.ceiling; \
	to.contended = from.contended

#define set_word(w, n, top, flag) \
	w.units = n; \
	w.ceiling = top; \
	w.contended = flag

#define clear_word(w)	set_word(w, 0, 0, 0)

#define KSEM_CHANGED_STEPS	1
#define KSEM_CHANGED_UNITS	2
#define KSEM_CHANGED_ROOM	4
#define KSEM_CHANGED_POLL	(KSEM_CHANGED_UNITS | KSEM_CHANGED_ROOM)
#define KSEM_CHANGED		(KSEM_CHANGED_STEPS | KSEM_CHANGED_POLL)
#define KSEM_CHANGED_GIVEN	(KSEM_CHANGED_STEPS | KSEM_CHANGED_UNITS)
#ifdef BUG_TAKE_TELLS_NO_ROOM
#define KSEM_CHANGED_TAKEN	KSEM_CHANGED_STEPS
#else
#define KSEM_CHANGED_TAKEN	(KSEM_CHANGED_STEPS | KSEM_CHANGED_ROOM)
#endif

#if defined(STEPS) || defined(POLLS)
#define set_changed(s, what)	sem[s].changed = sem[s].changed | (what)
#else
#define set_changed(s, what)	skip
#endif

#ifdef STEPS
#define NR_STEPS(s)	sem[s].nr_steps
#else
#define NR_STEPS(s)	0
#endif

/* ksem_observed() */
#ifdef POLLS
#define OBSERVED(s)	(sem[s].poll != 0)
/* sem->watched */
#define WATCH		128	/* the entry of ksem_watch() in the wait queue */
#ifdef BUG_WATCH_TAKEN_FOR_POLL
#define WATCHED(s)	0
#else
#define WATCHED(s)	(sem[s].poll & WATCH)
#endif
#else
#define OBSERVED(s)	0
#define WATCHED(s)	0
#endif
#ifdef BUG_OPEN_AT_CEILING
#define AT_CEILING(s)	0
#else
#define AT_CEILING(s)	(sem[s].units == sem[s].max)
#endif

#ifdef BUG_SHUTDOWN_SERVES_NOBODY
#define HEAD_CAN_GO(s) \
	(waiter[HEAD(s)].units <= sem[s].units)
#else
#define HEAD_CAN_GO(s) \
	(sem[s].dead || waiter[HEAD(s)].units <= sem[s].units)
#endif

/* ksem_next() */
#define NEXT(s)		(sem[s].nr_waiters && HEAD_CAN_GO(s))

/* ksem_can_pass(), and whether the head has still to be served or nudged */
#ifdef UNFAIR
#ifdef PRIORITY
#define HEAD_IS_RT(s)	(waiter[HEAD(s)].prio < MAX_RT_PRIO)
#else
#define HEAD_IS_RT(s)	0
#endif
#define HEAD_YIELDS(s) \
	(!HEAD_IS_RT(s) && waiter[HEAD(s)].status != KSEM_QUEUED)
#define CAN_PASS(s) \
	(sem[s].unfair && !sem[s].dead && sem[s].units <= KSEM_BATCH && \
	 (!sem[s].nr_waiters || HEAD_YIELDS(s)))
#define IS_LEFT(s)	(NEXT(s) && !(sem[s].nudged && CAN_PASS(s)))
#ifdef BUG_NUDGED_BARS
#define UNNUDGED(s)	(NEXT(s) && !sem[s].nudged)
#else
#define UNNUDGED(s)	IS_LEFT(s)
#endif
#else
#define CAN_PASS(s)	0
#define IS_LEFT(s)	NEXT(s)
#define UNNUDGED(s)	NEXT(s)
#endif

#ifdef PRIORITY
#ifdef BUG_UNLOCK_FORGETS_PRIORITY
#define REFRESHES(s)	0
#else
#define REFRESHES(s)	(sem[s].nr_waiters && sem[s].units)
#endif
#else
#define REFRESHES(s)	0
#endif

/* Is there anything to do but to drop the lock? */
#define UNSERVED(s)	(NR_STEPS(s) || NEXT(s) || OBSERVED(s) || REFRESHES(s))

/* What a configuration doesn't have. */
#ifndef THREAD
#define ksem_settle_later(s, what)		assert(false)
#endif
#ifndef REQUESTS
#define ksem_make_calls()			skip
#endif
#ifdef POLLS
#define IN	1
#define OUT	2
#define HUP	4
#define PRI	8
#else
#define ksem_tell(s)				skip
#endif
#ifdef HANDLES
#include "account.pml"
#else
#define ksem_account_take(h, s, n, ret)		skip
#define ksem_account_post(h, s, n, ret)		skip
#endif

#ifdef NO_GHOSTS
#define ghost_took(s, n, before)
#define ghost_gave(s, n)
#define ghost_enter(s)
#else
/*
 * In fifo order, nobody is before the one that gets units; or the first of them
 * may be passed, and was never to be handed any.
 */
inline ghost_took(s, n, before)
{
#if defined(UNFAIR)
	assert(before == 0 || (sem[s].unfair && HEAD_YIELDS(s) &&
			       !waiter[HEAD(s)].is_settled));
#elif !defined(PRIORITY)
	assert(before == 0);
#endif
	assert(n <= made[s] - held[s]);
	held[s] = held[s] + n
}

inline ghost_gave(s, n)
{
	made[s] = made[s] + n
}

/* A task that takes the lock finds no waiter that should have been served. */
#define ghost_enter(s)	assert(!IS_LEFT(s) || sem[s].unsettled)
#endif

inline ksem_init(s, value, top)
{
	set_word(sem[s].mem[OWN_WORD], value, top, 0);
	sem[s].max = top;
#ifdef UNFAIR
	sem[s].unfair = 1;
	run Passing(s);
#endif
	made[s] = value
}

/* err is OK, or EAGAIN for "go the slow way". */
inline ksem_take_fast(s, n)
{
	p = sem[s].word;
	d_step {
		copy_word(old, sem[s].mem[p]);
		err = EAGAIN;
		tries = KSEM_FAST_TRIES
	}
	do
	:: old.contended || n > old.units || old.units > sem[s].max ->
		break
	:: else ->
		d_step {
			if
			:: WORD_IS(s, p, old) ->
				sem[s].mem[p].units = old.units - n;
				ghost_took(s, n, sem[s].nr_waiters);
				err = OK
			:: else ->
				copy_word(old, sem[s].mem[p])
			fi;
			tries--
		}
		if
		:: err == OK || tries == 0 -> break
		:: else
		fi
	od;
	atomic { clear_word(old); tries = 0; p = 0 }
}

inline ksem_give_fast(s, n)
{
	p = sem[s].word;
	d_step {
		copy_word(old, sem[s].mem[p]);
		err = EAGAIN;
		tries = KSEM_FAST_TRIES
	}
	do
	:: old.contended || old.units + n > old.ceiling ||
	   old.ceiling > sem[s].max ->
		break
	:: else ->
		d_step {
			if
			:: WORD_IS(s, p, old) ->
				sem[s].mem[p].units = old.units + n;
				ghost_gave(s, n);
				assert(sem[s].mem[p].units <= sem[s].max);
				err = OK
			:: else ->
				copy_word(old, sem[s].mem[p])
			fi;
			tries--
		}
		if
		:: err == OK || tries == 0 -> break
		:: else
		fi
	od;
	atomic { clear_word(old); tries = 0; p = 0 }
}

inline ksem_enter(s)
{
	sem[s].units = (WORD(s).units < sem[s].max ->
			WORD(s).units : sem[s].max);
#ifndef BUG_ENTER_LEAVES_WORD
	set_word(WORD(s), 0, sem[s].max, 1);
#endif
	ghost_enter(s)
}

/* In the step of its caller.  What is to be told is left in news. */
inline ksem_leave(s)
{
#if defined(BUG_LEAVE_FORGETS_QUEUE)
	contended = sem[s].dead;
#elif defined(BUG_LEAVE_FORGETS_SHUTDOWN)
	contended = sem[s].nr_waiters > 0;
#elif defined(BUG_CONTENDED_TOO_EARLY)
	/* What it was before ksem_enqueue(), of one waiter. */
	contended = sem[s].dead || sem[s].nr_waiters > 1;
#elif defined(BUG_LEAVE_FORGETS_STEPS)
	contended = sem[s].dead || sem[s].nr_waiters;
#else
	contended = sem[s].dead || sem[s].nr_waiters || NR_STEPS(s);
#endif
#ifdef POLLS
	news = 0;
	if
	:: OBSERVED(s) && (sem[s].changed & KSEM_CHANGED_POLL) ->
		ksem_poll_news(s)
	:: else
	fi;
#endif
#if defined(STEPS)
	sem[s].changed = sem[s].changed & KSEM_CHANGED_STEPS;
#elif defined(POLLS)
	sem[s].changed = 0;
#endif
	assert(sem[s].units <= sem[s].max);
	set_word(WORD(s), sem[s].units, sem[s].max, contended);
#if defined(UNFAIR)
	if
	:: OBSERVED(s) || sem[s].unfair && sem[s].nr_waiters ->
		ksem_leave_open_word(s)
	:: else
	fi;
#elif defined(POLLS)
	if
	:: OBSERVED(s) -> ksem_leave_open_word(s)
	:: else
	fi;
#endif
	sem[s].units = 0
}

#if defined(UNFAIR) || defined(POLLS)
#ifdef BUG_LEAVE_OPENS_HAND_OVER
#define IS_OPEN(s)	(!sem[s].dead)
#else
#define IS_OPEN(s)	CAN_PASS(s)
#endif

#if defined(BUG_LEAVE_UNOBSERVED) || defined(BUG_UNFAIR_UNOBSERVED)
#define IS_POLLED(s)	0
#else
#define IS_POLLED(s)	OBSERVED(s)
#endif
#ifdef UNFAIR
#define IS_NUDGED(s)	sem[s].nudged
#else
#define IS_NUDGED(s)	0
#endif

#if defined(LOWERS) && !defined(BUG_LOWERED_STAYS_OPEN)
#define LOWERED(s)	sem[s].lowered
#else
#define LOWERED(s)	0
#endif

/* In the step of its caller, which has stored the word for all other cases. */
inline ksem_leave_open_word(s)
{
	contended = sem[s].dead || NR_STEPS(s) || WATCHED(s) ||
		    ((IS_POLLED(s) || !IS_NUDGED(s)) &&
		     (AT_CEILING(s) || LOWERED(s))) ||
		    (sem[s].nr_waiters && !IS_OPEN(s));
	WORD(s).contended = contended;
	if
	:: contended
	:: !contended && IS_NUDGED(s) && !IS_POLLED(s) ->
		WORD(s).ceiling = (sem[s].max < KSEM_BATCH ->
				   sem[s].max : KSEM_BATCH)
#ifndef BUG_LEAVE_FORGETS_SLEEPERS
	:: !contended && (IS_POLLED(s) || sem[s].nr_waiters && !IS_NUDGED(s)) ->
		WORD(s).ceiling = 0
#ifdef LOWERS
		;
		sem[s].opened = 1
#endif
#endif
	:: else
	fi
}
#endif

inline ksem_lock(s)
{
	atomic {
		!sem[s].lock ->
		d_step {
			sem[s].lock = 1;
			ksem_enter(s)
		}
	}
}

/* Without serving anybody; in the step of its caller. */
inline leave_and_drop(s)
{
	ksem_leave(s);
	sem[s].lock = 0
}

/* In the step of its caller. */
inline ksem_queue_add(s, w)
{
	at = sem[s].nr_waiters;
#ifdef PRIORITY
	if
	:: waiter[w].task != NOBODY -> waiter[w].prio = prio[waiter[w].task]
	:: else
	fi;
	waiter[w].ticket = sem[s].tickets;
	sem[s].tickets++;
	do
	:: at > 0 ->
		if
		:: waiter[sem[s].queue[at - 1]].prio > waiter[w].prio ->
			sem[s].queue[at] = sem[s].queue[at - 1];
			at--
		:: else -> break
		fi
	:: else -> break
	od;
#endif
	sem[s].queue[at] = w
}

/* In the step of its caller. */
inline ksem_enqueue(s, w, n, who)
{
	waiter[w].units = n;
	waiter[w].task = who;
	waiter[w].status = KSEM_QUEUED;
	ksem_queue_add(s, w);
	sem[s].nr_waiters++;
	set_changed(s, KSEM_CHANGED)
}

/* In the step of its caller; at is how many were before it. */
inline ksem_unqueue(s, w)
{
	at = 0;
	do
	:: sem[s].queue[at] == w -> break
	:: else -> at++
	od;
	sem[s].nr_waiters--;
	for (other : at .. QUEUE - 2) {
		sem[s].queue[other] = sem[s].queue[other + 1]
	}
	sem[s].queue[QUEUE - 1] = 0;
	set_changed(s, KSEM_CHANGED)
}

/* The same. */
inline ksem_dequeue(s, w)
{
#if defined(UNFAIR) && !defined(BUG_DEQUEUE_KEEPS_NUDGE)
	if
	:: HAS_NUDGE(w) -> sem[s].nudged = 0
	:: else
	fi;
#endif
	ksem_unqueue(s, w)
}

#ifdef PRIORITY
/* Sorted anew, by the priorities that the tasks have now.  In a step. */
inline ksem_queue_refresh(s)
{
	for (other : 0 .. QUEUE - 1) {
		if
		:: other < sem[s].nr_waiters ->
			waiter[sem[s].queue[other]].prio =
				prio[waiter[sem[s].queue[other]].task]
		:: else
		fi
	}
	for (other : 1 .. QUEUE - 1) {
		at = other;
		do
		:: at > 0 && at < sem[s].nr_waiters ->
			if
			:: waiter[sem[s].queue[at - 1]].prio >
			   waiter[sem[s].queue[at]].prio ||
			   (waiter[sem[s].queue[at - 1]].prio ==
			    waiter[sem[s].queue[at]].prio &&
			    waiter[sem[s].queue[at - 1]].ticket >
			    waiter[sem[s].queue[at]].ticket) ->
				tmp = sem[s].queue[at];
				sem[s].queue[at] = sem[s].queue[at - 1];
				sem[s].queue[at - 1] = tmp;
				at--
			:: else -> break
			fi
		:: else -> break
		od
	}
	tmp = 0
}
#endif

#ifdef ANYS
#define served_any(w, result) \
	:: waiter[w].any != NOBODY -> ksem_any_served(w, result)
#else
#define served_any(w, result)
#endif
#ifdef REQUESTS
#define served_request(w, result) \
	:: waiter[w].task == NOBODY -> ksem_request_served(w, result)
#else
#define served_request(w, result)
#endif

/* The function served of a waiter: wanted is what it returns. */
inline served(s, w, result)
{
	wanted = 1;
	if
	served_any(w, result)
	served_request(w, result)
	:: else -> ksem_task_served(s, w, result)
	fi
}

#ifdef UNFAIR
/* From now on units are handed over to it.  In the step of its caller. */
inline ksem_end_passing(s, w)
{
#ifndef BUG_END_PASSING_KEEPS_NUDGE
	if
	:: HAS_NUDGE(w) -> sem[s].nudged = 0
	:: else
	fi;
#endif
	waiter[w].status = KSEM_QUEUED;
	waiter[w].is_settled = 1
}

/*
 * The head is woken to try.  In the step of its caller.  It may have been nudged
 * before, but nobody else is.
 */
inline ksem_nudge(s)
{
	assert(!waiter[HEAD(s)].is_settled);
	for (other : 1 .. QUEUE - 1) {
		assert(other >= sem[s].nr_waiters ||
		       !HAS_NUDGE(sem[s].queue[other]))
	}
	sem[s].nudged = 1;
	left--;
	to_wake = to_wake | (1 << waiter[HEAD(s)].task);
	waiter[HEAD(s)].status = KSEM_NUDGED
}

/* In the step of its caller; ret is the waiter's status. */
inline ksem_try_nudged(s, w, ret)
{
	if
#ifdef BUG_TRY_FORGETS_HAND_OVER
	:: !HAS_NUDGE(w) && waiter[w].status != KSEM_QUEUED
#else
	:: !HAS_NUDGE(w)
#endif
	:: else ->
		if
#ifdef BUG_TRY_OVERTAKES
		:: sem[s].dead || w != HEAD(s) && !sem[s].units ->
#else
		:: sem[s].dead || w != HEAD(s) ->
#endif
			sem[s].nudged = 0;
			waiter[w].status = KSEM_PASSABLE
		:: else ->
			if
			:: sem[s].units ->
				ksem_dequeue(s, w);
				sem[s].units--;
				ghost_took(s, 1, at);
				waiter[w].status = OK
#ifndef BUG_TRY_LOOKS_FOR_EVER
			:: !sem[s].nudged -> waiter[w].status = KSEM_PASSABLE
#endif
			:: else -> waiter[w].status = KSEM_PASSED
			fi;
			/* Else no timer would end that. */
			assert(waiter[w].status != KSEM_PASSED ||
			       sem[s].nudged)
		fi
	fi;
	ret = waiter[w].status
}

/* In the step of its caller: units in the way go to the head. */
inline ksem_hand_over(s, n, ret)
{
	ret = sem[s].nr_waiters && sem[s].units && n <= sem[s].max &&
	      CAN_PASS(s);
	if
	:: ret -> ksem_end_passing(s, HEAD(s))
	:: else
	fi
}
#endif

#ifdef UNFAIR
/* The timer: the nudged waiter has been passed for long enough. */
inline ksem_passing_over(s)
{
	atomic {
		sem[s].nudged && sem[s].nr_waiters && !sem[s].lock ->
		ksem_lock(s);
		d_step {
#ifdef BUG_TIMER_ENDS_NOTHING
			waiter[HEAD(s)].is_settled = 1;
#else
			ksem_end_passing(s, HEAD(s));
#endif
			sem[s].nudged = 0
		}
	}
#ifdef BUG_TIMER_SERVES_NOBODY
	d_step { leave_and_drop(s) }
#else
	ksem_unlock(s);
	ksem_make_calls()
#endif
}
#endif

/* The first waiter is nudged or taken off, in the step of its caller. */
inline ksem_serve_next(s)
{
#ifdef UNFAIR
	if
	:: CAN_PASS(s) -> ksem_nudge(s)
	:: else ->
		if
		:: sem[s].unfair -> ksem_end_passing(s, HEAD(s))
		:: else
		fi;
		ksem_serve_head(s)
	fi
#else
	ksem_serve_head(s)
#endif
}

inline ksem_serve_head(s)
{
	head = HEAD(s);
	units = waiter[head].units;
	ksem_unqueue(s, head);
	left--;
	served(s, head, (sem[s].dead -> EIDRM : OK));
	if
	:: wanted && !sem[s].dead ->
		sem[s].units = sem[s].units - units;
		ghost_took(s, units, at)
	:: else
	fi
}

/* Nobody else can go, or the batch is full.  In the step of its caller. */
inline ksem_serve_end(s, is_full)
{
	is_full = UNNUDGED(s);
#ifdef STEPS
	do
	:: !is_full && (sem[s].changed & KSEM_CHANGED_STEPS) ->
		sem[s].steps_due = sem[s].steps_due | sem[s].steps;
		sem[s].steps = 0;
		sem[s].changed = sem[s].changed & KSEM_CHANGED_POLL
	:: !is_full && !(sem[s].changed & KSEM_CHANGED_STEPS) &&
	   sem[s].steps_due ->
		if
		:: left ->
			at = 0;
			do
			:: sem[s].steps_due & (1 << at) -> break
			:: else -> at++
			od;
			sem[s].steps_due = sem[s].steps_due & ~(1 << at);
			left--;
			ksem_step_carry_out(s, at, wanted);
			if
			:: wanted -> to_wake = to_wake | (1 << at)
			:: else -> sem[s].steps = sem[s].steps | (1 << at)
			fi
		:: else ->
#ifdef BUG_SERVE_FORGETS_DUE
			break
#else
			is_full = 1
#endif
		fi
	:: else -> break
	od;
#endif
	sem[s].unsettled = is_full
}

/* If drops is true, the lock is dropped afterwards, in the same step. */
inline ksem_serve(s, is_full, drops)
{
	do
#ifdef BUG_WAKE_BEFORE_STATUS
	:: UNNUDGED(s) && left ->
		asleep[waiter[HEAD(s)].task] = 0;
		d_step { ksem_serve_next(s); to_wake = 0 }
#else
	:: atomic { UNNUDGED(s) && left -> d_step { ksem_serve_next(s) } }
#endif
	:: atomic {
		!(UNNUDGED(s) && left) ->
		d_step {
			ksem_serve_end(s, is_full);
			if
			:: drops -> leave_and_drop(s)
			:: else
			fi
		}
		break
	   }
	od
}

/* Spoils err. */
inline ksem_settle_and_unlock(s)
{
	do
	::
#ifdef PRIORITY
		d_step { left = KSEM_BATCH; ksem_queue_refresh(s) }
#else
		left = KSEM_BATCH;
#endif
		ksem_serve(s, more, 1);
		ksem_batch_end();
		ksem_tell(s);
		if
		:: !more -> break
		:: more && no_preempt ->
			ksem_settle_later(s, KSEM_CHANGED);
			break
		:: more && !no_preempt -> ksem_lock(s)
		fi
	od;
	atomic { left = 0; more = 0 }
}

/* If there is nothing to do, ksem_settle_and_unlock() does just that. */
inline ksem_unlock(s)
{
#ifdef PRIORITY
	if
	:: UNSERVED(s) -> ksem_settle_and_unlock(s)
	:: else -> d_step { ksem_unlock_quietly(s) }
	fi
#else
	ksem_settle_and_unlock(s)
#endif
}

inline ksem_unlock_quietly(s)
{
#ifdef STEPS
	sem[s].changed = 0;
#endif
	sem[s].unsettled = 0;
	leave_and_drop(s)
}

/*
 * The same in two parts, for callers that have done nothing that others see before
 * the lock is dropped: the first part goes with the step before it.
 */
inline ksem_unlock_at_once(s)
{
	d_step {
		locked = UNSERVED(s);
		if
		:: locked
		:: else -> ksem_unlock_quietly(s)
		fi
	}
}

inline ksem_unlock_now(s)
{
	if
	:: locked ->
		locked = 0;
		ksem_settle_and_unlock(s)
	:: else
	fi
}

#ifdef BUG_TAKE_PASSES_QUEUED
#define QUEUE_BARS(s)	(sem[s].nr_waiters && !sem[s].unfair)
#else
#define QUEUE_BARS(s)	(sem[s].nr_waiters && !CAN_PASS(s))
#endif

/* In the step of its caller. */
inline ksem_take(s, n, ret)
{
	if
	:: sem[s].dead -> ret = EIDRM
	:: else ->
		if
		:: n > sem[s].max -> ret = ERANGE
#ifdef BUG_TAKE_OVERTAKES
		:: n <= sem[s].max && n > sem[s].units ->
			ret = EAGAIN
		:: n <= sem[s].max && n <= sem[s].units ->
#else
		:: n <= sem[s].max && (QUEUE_BARS(s) || n > sem[s].units) ->
			ret = EAGAIN
		:: n <= sem[s].max && !QUEUE_BARS(s) && n <= sem[s].units ->
#endif
			sem[s].units = sem[s].units - n;
			set_changed(s, KSEM_CHANGED_TAKEN);
			ghost_took(s, n, sem[s].nr_waiters);
			ret = OK
		fi
	fi
}

/* In the step of its caller. */
inline ksem_give(s, n, ret)
{
	if
	:: sem[s].dead -> ret = EIDRM
	:: else ->
		if
#ifdef BUG_GIVE_PASSES_CEILING
		:: 0 -> skip
#else
		:: n > sem[s].max - sem[s].units -> ret = EOVERFLOW
#endif
		:: else ->
			sem[s].units = sem[s].units + n;
			set_changed(s, KSEM_CHANGED_GIVEN);
			ghost_gave(s, n);
			ret = OK
		fi
	fi
}

/* Units are made, or taken away.  In the step of its caller. */
inline ksem_set(s, value, ret)
{
	if
	:: sem[s].dead -> ret = EIDRM
	:: else ->
		if
		:: value > sem[s].max -> ret = EOVERFLOW
		:: else ->
			made[s] = made[s] - sem[s].units + value;
			sem[s].units = value;
			set_changed(s, KSEM_CHANGED);
			ret = OK
		fi
	fi
}

/* account is a handle or NOBODY. */
inline ksem_trywait_slow(s, n, account, ret)
{
	atomic {
		ksem_lock(s);
		d_step {
			ksem_take(s, n, ret);
			ksem_account_take(account, s, n, ret)
		}
		ksem_unlock_at_once(s)
	}
	ksem_unlock_now(s)
}

/* ret is a variable of the caller that nothing else changes. */
inline ksem_trywait_n(s, n, ret)
{
	ksem_take_fast(s, n);
	ret = err;
	if
	:: err == OK
	:: else -> ksem_trywait_slow(s, n, NOBODY, ret)
	fi;
	err = OK
}

#ifdef UNFAIR
/* In the step of its caller: handed says that there may be room soon. */
inline ksem_post_again(s, n, ret)
{
	handed = 0;
	if
#ifndef BUG_POST_HANDS_NOTHING_OVER
	:: ret == EOVERFLOW && tries ->
		tries--;
		ksem_hand_over(s, n, handed)
#endif
	:: else -> tries = 0
	fi;
	if
	:: !handed -> tries = 0
	:: else
	fi
}

/* Its first look at the queue was with the step before it. */
inline ksem_give_after(s, n, account, ret)
{
	do
	:: !handed -> break
	:: else ->
		ksem_settle_and_unlock(s);
		ksem_make_calls();
		atomic {
			ksem_lock(s);
			d_step {
				ksem_give(s, n, ret);
				ksem_account_post(account, s, n, ret);
				ksem_post_again(s, n, ret)
			}
		}
	od
}
#endif

inline ksem_post_slow(s, n, account, ret)
{
	atomic {
		ksem_lock(s);
		d_step {
			ksem_give(s, n, ret);
#ifndef BUG_POST_COUNTS_LATE
			ksem_account_post(account, s, n, ret)
#endif
#ifdef UNFAIR
			;
			tries = KSEM_BATCH;
			ksem_post_again(s, n, ret)
#endif
		}
	}
#ifdef UNFAIR
	ksem_give_after(s, n, account, ret);
#endif
	ksem_unlock(s);
#ifdef BUG_POST_COUNTS_LATE
	d_step { ksem_account_post(account, s, n, ret) }
#endif
	ksem_make_calls()
}

/* It is the same for both orders, and by priority there are too many states. */
#if (defined(POLLS) || defined(UNFAIR)) && !defined(PRIORITY)
#define POST_OPEN
#endif

#ifdef POST_OPEN
/* The exchange in ksem_post_open(); err is OK if it has given the unit. */
inline give_open(s, n)
{
	p = sem[s].word;
	d_step { copy_word(old, sem[s].mem[p]); err = EAGAIN }
	if
	:: n == 1 && !old.contended && !old.ceiling && !sem[s].nr_waiters &&
	   old.units + 1 < sem[s].max ->
		d_step {
			if
			:: WORD_IS(s, p, old) ->
				sem[s].mem[p].units = old.units + 1;
				ghost_gave(s, 1);
				assert(sem[s].mem[p].units <= sem[s].max);
				/* It is about to be. */
				sem[s].unsettled = sem[s].nr_waiters > 0;
				err = OK
			:: else
			fi
		}
	:: else
	fi;
	p = 0;
	if
#ifndef BUG_GIVE_OPEN_SEES_NO_WAITER
	:: err == OK && sem[s].nr_waiters ->
		ksem_lock(s);
		set_changed(s, KSEM_CHANGED_GIVEN);
		ksem_settle_and_unlock(s)
#endif
#ifdef POLLS
	:: else ->
		if
		:: err == OK ->
			news = IN | PRI;
			ksem_tell(s)
		:: else
		fi
#else
	:: else
#endif
	fi;
	d_step { clear_word(old) }
}
#endif

inline ksem_post_n(s, n, ret)
{
	ksem_give_fast(s, n);
#ifdef POST_OPEN
	if
	:: err == OK
	:: else -> give_open(s, n)
	fi;
#endif
	ret = err;
	if
	:: err == OK
	:: else -> ksem_post_slow(s, n, NOBODY, ret)
	fi;
	err = OK
}

#ifdef HANDLES
inline ksem_give_back(s, h)
{
	turns = 2 * (sem[s].nr_waiters + NR_STEPS(s));
	do
	:: atomic {
		ksem_lock(s);
		d_step {
#ifndef BUG_UNDO_LOOKS_EARLY
			ksem_account_look(h, s);
#endif
			part = sem[s].max - sem[s].units;
			part = (accounts[h].units < part ->
				accounts[h].units : part);
			part = (sem[s].dead -> 0 : part);
			if
			:: part ->
				/* Not made anew, only given back. */
				kept[s] = kept[s] - part;
				held[s] = held[s] - part;
				made[s] = made[s] - part;
				ksem_give(s, part, err);
				accounts[h].units = accounts[h].units - part
#if defined(UNFAIR) && !defined(BUG_UNDO_HANDS_NOTHING_OVER)
			:: !part && accounts[h].units && !sem[s].dead ->
				ksem_hand_over(s, 1, handed)
#endif
			:: else
			fi
		}
	   }
		ksem_unlock(s);
#ifdef BUG_UNDO_GIVES_ONE_PART
		break
#else
		if
#ifdef UNFAIR
		:: (!handed && (!accounts[h].units || !part)) || !turns -> break
		:: else ->
			handed = 0;
			turns--
#else
		:: !accounts[h].units || !part || !turns -> break
		:: else -> turns--
#endif
		fi
#endif
	od;
#ifdef UNFAIR
	handed = 0;
#endif
	turns = 0;
	part = 0
}
#endif

inline ksem_value(s, ret)
{
	p = sem[s].word;
	d_step { copy_word(old, sem[s].mem[p]) }
	if
	:: !old.contended ->
		ret = (old.units < sem[s].max -> old.units : sem[s].max)
	:: else ->
		atomic {
			ksem_lock(s);
			ret = sem[s].units;
			ksem_unlock_at_once(s)
		}
		ksem_unlock_now(s)
	fi;
	d_step { clear_word(old); p = 0 }
}

/* ksem_queue_widest() is above top: in the step of its caller. */
inline ksem_anyone_wants_above(s, top, ret)
{
	ret = 0;
	for (at : 0 .. QUEUE - 1) {
		ret = ret || (at < sem[s].nr_waiters &&
			      waiter[sem[s].queue[at]].units > top)
	}
}

/* ksem_configure() follows. */
inline ksem_set_max(s, top, ret)
{
	atomic {
		ksem_lock(s);
		d_step {
			ret = OK;
			ksem_anyone_wants_above(s, top, tmp);
			if
			:: sem[s].dead -> ret = EIDRM
			:: !sem[s].dead && top < sem[s].units -> ret = EINVAL
			:: !sem[s].dead && top >= sem[s].units && tmp ->
				ret = EBUSY
			:: else
			fi;
			tmp = 0
		}
	}
	/* The fast paths look at it. */
	if
	:: ret == OK ->
		d_step {
#ifdef LOWERS
			sem[s].lowered = sem[s].lowered ||
					 (sem[s].opened && top < sem[s].max);
#endif
			sem[s].max = top;
			set_changed(s, KSEM_CHANGED)
		}
	:: else
	fi;
	ksem_unlock(s)
}

#ifdef UNFAIR
/* The same. */
inline ksem_set_fair(s, fair)
{
	atomic {
		ksem_lock(s);
		d_step {
			if
			:: sem[s].dead
			:: else ->
				sem[s].unfair = !fair;
#ifndef BUG_SET_FAIR_KEEPS_NUDGE
				sem[s].nudged = 0;
#endif
				set_changed(s, KSEM_CHANGED)
			fi
		}
	}
#ifdef BUG_CONFIGURE_SERVES_NOBODY
	d_step { leave_and_drop(s) }
#else
	ksem_unlock(s)
#endif
}
#endif

inline ksem_move_word(s)
{
	ksem_lock(s);
	if
	:: sem[s].dead
	:: else ->
#ifdef BUG_MOVE_LEAVES_UNITS
		d_step { set_word(WORD(s), sem[s].units, sem[s].max, 0) }
#endif
		sem[s].word = PAGE_WORD
	fi;
	ksem_unlock(s)
}

inline ksem_shutdown(s)
{
	atomic {
		ksem_lock(s);
		d_step { sem[s].dead = 1; set_changed(s, KSEM_CHANGED) }
	}
	if
	:: sem[s].word == PAGE_WORD ->
		d_step { set_word(WORD(s), sem[s].units, sem[s].max, 1) }
#ifndef BUG_SHUTDOWN_TRUSTS_PAGE
		sem[s].word = OWN_WORD
#endif
	:: else
	fi;
	ksem_unlock(s)
}

/* Nothing is running any more: is all as it should be? */
inline check_quiet(s)
{
	d_step {
		assert(!sem[s].lock);
		assert(WORD(s).units <= sem[s].max);
		assert(WORD(s).units + held[s] == made[s]);
		assert(held[s] == kept[s]);
		assert(!sem[s].nr_waiters ||
		       waiter[HEAD(s)].units > WORD(s).units);
#ifdef UNFAIR
		/* Nobody is on the way to try, so a post has to come here. */
		assert(!sem[s].nudged);
		assert(!sem[s].nr_waiters || WORD(s).contended ||
		       !WORD(s).ceiling)
#endif
	}
}

/* The end of every configuration: after this, Spin wants all to have ended. */
inline check_shutdown(s)
{
	ksem_shutdown(s);
	timeout;
	d_step {
		assert(!sem[s].nr_waiters);
		assert(WORD(s).contended);
		assert(!sem[s].page || sem[s].mem[PAGE_WORD].contended)
	}
}

#include "batch.pml"
