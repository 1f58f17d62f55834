/* SPDX-License-Identifier: MIT */
/*
 * kernel/core.c and fast.h.  An inline stands for the function of the same name.
 *
 * A step of the model is what others can see happen at once.  What only the
 * holder of the lock looks at goes with the step before it.  So does the taking
 * of the lock with ksem_enter(), and its dropping with ksem_leave(): the fast
 * paths don't see the lock, and who comes to the wait queue between the look of
 * ksem_leave() and its store might as well come after it, since they take the
 * lock next.
 *
 * The sizes come from the configuration: TASKS; QUEUE, the waiters there can be;
 * SEMS, the semaphores.  Every process has the variables of LOCALS.
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

/* Where sem->word points to. */
#define OWN_WORD	0
#define PAGE_WORD	1

#define NOBODY		255

#ifdef REQUESTS
#include "over.pml"
#else
#define ksem_request_over(w)	assert(false)
#endif

/* struct ksem_any: who has won. */
#define KSEM_ANY_OPEN	255
#define KSEM_ANY_CLOSED	254

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
	bit by_priority;
	bit dead;
	bit changed;
	bit watched;
	bit page;
	bit poll[TASKS];	/* the wait queue, by task */
	bit notify		/* the irq_work is queued */
};

typedef Waiter {
	byte units;
	byte prio;
	byte status;
	byte task;		/* NOBODY in a request */
	byte any;		/* index into winner[], or NOBODY */
	byte index
};

Ksem sem[SEMS];
Waiter waiter[QUEUE];
byte winner[TASKS];
bit asleep[TASKS];		/* set_current_state(): not TASK_RUNNING */

/* Ghosts: what the properties are about. */
byte made[SEMS];		/* units there ever were */
byte held[SEMS];		/* units that somebody was given */
byte kept[SEMS];		/* units that somebody knows to have */

/* Only inside a d_step, so no part of the state. */
hidden byte observed;
hidden byte contended;
hidden byte at;
hidden byte other;
hidden byte tmp;

#define LOCALS \
	byte err; \
	byte budget; \
	byte to_wake; \
	byte head; \
	byte tries; \
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

#ifdef NO_GHOSTS
#define ghost_took(s, n, before)
#define ghost_gave(s, n)
#else
/* In fifo order, whoever gets units has nobody before him. */
inline ghost_took(s, n, before)
{
	assert(sem[s].by_priority || before == 0);
	assert(n <= made[s] - held[s]);
	held[s] = held[s] + n
}

inline ghost_gave(s, n)
{
	made[s] = made[s] + n
}
#endif

inline ksem_init(s, value, top)
{
	set_word(sem[s].mem[OWN_WORD], value, top, 0);
	sem[s].max = top;
	made[s] = value
}

/* kernel/fast.h: err is OK, or EAGAIN for "go the slow way". */
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
	:: old.contended || old.ceiling != sem[s].max ||
	   old.units + n > sem[s].max ->
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
	set_word(WORD(s), 0, sem[s].max, 1)
#endif
}

inline ksem_observed(s)
{
	observed = sem[s].watched;
	for (at : 0 .. TASKS - 1) {
		observed = observed || sem[s].poll[at]
	}
}

inline ksem_leave(s)
{
#ifdef BUG_LEAVE_UNOBSERVED
	observed = 0;
#else
	ksem_observed(s);
#endif
#if defined(BUG_LEAVE_FORGETS_QUEUE)
	contended = sem[s].dead;
#elif defined(BUG_LEAVE_FORGETS_SHUTDOWN)
	contended = sem[s].nr_waiters > 0;
#elif defined(BUG_CONTENDED_TOO_EARLY)
	/* What it was before ksem_enqueue(), of one waiter. */
	contended = sem[s].dead || sem[s].nr_waiters > 1;
#else
	contended = sem[s].dead || sem[s].nr_waiters;
#endif
	if
	:: observed && sem[s].changed -> sem[s].notify = 1
	:: else
	fi;
	sem[s].changed = 0;
	assert(sem[s].units <= sem[s].max);
	set_word(WORD(s), sem[s].units, sem[s].max, contended || observed);
	sem[s].units = 0
}

inline ksem_lock(s)
{
	atomic {
		!sem[s].lock ->
		sem[s].lock = 1;
		ksem_enter(s)
	}
}

inline ksem_unlock(s)
{
	d_step {
		ksem_leave(s);
		sem[s].lock = 0
	}
}

/* In the step of its caller. */
inline ksem_enqueue(s, w, n, who)
{
	waiter[w].units = n;
	waiter[w].task = who;
	waiter[w].status = KSEM_QUEUED;
	at = sem[s].nr_waiters;
	do
	:: sem[s].by_priority && at > 0 ->
		if
		:: waiter[sem[s].queue[at - 1]].prio > waiter[w].prio ->
			sem[s].queue[at] = sem[s].queue[at - 1];
			at--
		:: else -> break
		fi
	:: else -> break
	od;
	sem[s].queue[at] = w;
	sem[s].nr_waiters++;
	sem[s].changed = 1
}

/* In the step of its caller; at is how many were before it. */
inline ksem_dequeue(s, w)
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
	sem[s].changed = 1
}

/* In the step of its caller. */
inline ksem_claim(w, won)
{
	won = 1;
	if
	:: waiter[w].any == NOBODY
	:: else ->
		if
		:: winner[waiter[w].any] == KSEM_ANY_OPEN ->
			winner[waiter[w].any] = waiter[w].index
		:: else ->
			won = 0
		fi
	fi
}

/* ksem_serve() under the lock: in the step of its caller. */
inline ksem_serve_status(s)
{
	head = HEAD(s);
	ksem_dequeue(s, head);
	ksem_claim(head, tmp);
	if
	:: !tmp -> err = ECANCELED
	:: tmp && sem[s].dead -> err = EIDRM
	:: else ->
		sem[s].units = sem[s].units - waiter[head].units;
		ghost_took(s, waiter[head].units, at);
		err = OK
	fi
}

/* The rest of ksem_serve(): the task goes its way from here on. */
inline ksem_serve_tell()
{
#ifdef BUG_WAKE_BEFORE_STATUS
	asleep[waiter[head].task] = 0;
	waiter[head].status = err;
#else
	atomic {
		if
		:: waiter[head].task != NOBODY ->
			to_wake = to_wake | (1 << waiter[head].task)
		:: else -> ksem_request_over(head)
		fi;
		waiter[head].status = err;
		err = OK;
		head = 0
	}
#endif
}

/* ksem_is_over() of the head. */
#define HEAD_IS_OVER(s) \
	(waiter[HEAD(s)].any != NOBODY && \
	 winner[waiter[HEAD(s)].any % TASKS] != KSEM_ANY_OPEN)

#ifdef BUG_SHUTDOWN_SERVES_NOBODY
#define HEAD_CAN_GO(s) \
	(waiter[HEAD(s)].units <= sem[s].units || HEAD_IS_OVER(s))
#else
#define HEAD_CAN_GO(s) \
	(sem[s].dead || waiter[HEAD(s)].units <= sem[s].units || \
	 HEAD_IS_OVER(s))
#endif

#define NEXT(s)		(sem[s].nr_waiters && HEAD_CAN_GO(s))

/* Spoils err. */
inline ksem_settle_and_unlock(s)
{
	do
	:: budget = KSEM_BATCH;
		do
		:: atomic {
			NEXT(s) && budget ->
			d_step { budget--; ksem_serve_status(s) }
		   }
			ksem_serve_tell()
		:: atomic { !NEXT(s) || !budget -> ksem_unlock(s); break }
		od;
		do
		:: to_wake ->
			/* wake_up_process(), of one after the other */
			d_step {
				at = 0;
				do
				:: to_wake & (1 << at) -> break
				:: else -> at++
				od;
				asleep[at] = 0;
				to_wake = to_wake & ~(1 << at)
			}
		:: else -> break
		od;
		if
		:: budget -> break
		:: else -> ksem_lock(s)
		fi
	od;
	budget = 0
}

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
		:: n <= sem[s].max && (sem[s].nr_waiters || n > sem[s].units) ->
			ret = EAGAIN
		:: n <= sem[s].max && !sem[s].nr_waiters && n <= sem[s].units ->
#endif
			sem[s].units = sem[s].units - n;
			sem[s].changed = 1;
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
			sem[s].changed = 1;
			ghost_gave(s, n);
			ret = OK
		fi
	fi
}

/* ret is a variable of the caller that nothing else changes. */
inline ksem_trywait_n(s, n, ret)
{
	ksem_take_fast(s, n);
	ret = err;
	if
	:: err == OK
	:: else ->
		atomic {
			ksem_lock(s);
			d_step { ksem_take(s, n, ret) }
			ksem_unlock(s)
		}
	fi;
	err = OK
}

inline ksem_post_n(s, n, ret)
{
	ksem_give_fast(s, n);
	ret = err;
	if
	:: err == OK
	:: else ->
		atomic {
			ksem_lock(s);
			d_step { ksem_give(s, n, ret) }
		}
		ksem_settle_and_unlock(s)
	fi;
	err = OK
}

/* Spoils n. */
inline ksem_give_back(s, n)
{
	do
	:: atomic {
		ksem_lock(s);
		d_step {
			part = sem[s].max - sem[s].units;
			part = (n < part -> n : part);
			part = (sem[s].dead -> 0 : part);
			if
			:: part -> ksem_give(s, part, err)
			:: else
			fi
		}
	   }
		ksem_settle_and_unlock(s);
		n = n - part;
#ifdef BUG_UNDO_GIVES_ONE_PART
		break
#else
		if
		:: !n || !part -> break
		:: else
		fi
#endif
	od;
	part = 0
}

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
			ksem_unlock(s)
		}
	fi;
	d_step { clear_word(old); p = 0 }
}

/* Who sets the value makes units, or takes some away. */
inline ksem_set_value(s, value)
{
	atomic {
		ksem_lock(s);
		if
		:: sem[s].dead || value > sem[s].max
		:: else ->
			made[s] = made[s] - sem[s].units + value;
			sem[s].units = value;
			sem[s].changed = 1
		fi
	}
	ksem_settle_and_unlock(s)
}

inline ksem_anyone_wants_above(s, top, ret)
{
	ret = 0;
	for (at : 0 .. QUEUE - 1) {
		ret = ret || (at < sem[s].nr_waiters &&
			      waiter[sem[s].queue[at]].units > top)
	}
}

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
			fi
		}
	}
	/* The fast paths look at it. */
	if
	:: ret == OK -> d_step { sem[s].max = top; sem[s].changed = 1 }
	:: else
	fi;
	ksem_unlock(s)
}

inline ksem_shutdown(s)
{
	atomic {
		ksem_lock(s);
		sem[s].dead = 1;
		sem[s].changed = 1
	}
	if
	:: sem[s].page ->
		d_step { set_word(WORD(s), sem[s].units, sem[s].max, 1) }
#ifndef BUG_SHUTDOWN_TRUSTS_PAGE
		sem[s].word = OWN_WORD
#endif
	:: else
	fi;
	ksem_settle_and_unlock(s)
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
		       waiter[HEAD(s)].units > WORD(s).units)
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
