/* SPDX-License-Identifier: MIT */
/*
 * kernel/sem/step.c: do "first" with a unit of semaphore 0 and, if there is a
 * semaphore 1, "then" with a unit of that.
 */

#define KSEM_OP_WAIT	0
#define KSEM_OP_POST	1
#define KSEM_OP_ZERO	2
#define KSEM_OP_SET	3	/* to 1, with KSEM_OP_UNDO */

bit blocked[TASKS];		/* ghost: in ksem_step_block() */

/* Only inside a d_step, so no part of the state. */
hidden byte before[SEMS];
hidden byte held_before[SEMS];
hidden byte made_before[SEMS];
hidden byte changed_before[SEMS];
hidden byte stuck;

inline ksem_step_save()
{
	for (at : 0 .. SEMS - 1) {
		before[at] = sem[at].units;
		changed_before[at] = sem[at].changed;
		held_before[at] = held[at];
		made_before[at] = made[at]
	}
}

inline ksem_step_roll_back()
{
	for (at : 0 .. SEMS - 1) {
		sem[at].units = before[at];
		sem[at].changed = changed_before[at];
		held[at] = held_before[at];
		made[at] = made_before[at]
	}
}

inline ksem_op_do(s, op, ret)
{
	if
	:: op == KSEM_OP_WAIT -> ksem_take(s, 1, ret)
	:: op == KSEM_OP_POST -> ksem_give(s, 1, ret)
	:: op == KSEM_OP_SET ->
		ksem_set(s, 1, ret);
#ifdef HANDLES
		if
		:: ret == OK -> sem[s].epoch++
		:: else
		fi
#endif
	:: op == KSEM_OP_ZERO ->
		ret = (sem[s].dead -> EIDRM : (sem[s].units -> EAGAIN : OK))
	fi
}

/* In the lists of semaphores up to "last", or in none. */
inline ksem_step_listen(me, first_one, last)
{
	for (at : 0 .. SEMS - 1) {
		sem[at].steps = sem[at].steps & ~(1 << me);
		sem[at].steps_due = sem[at].steps_due & ~(1 << me);
		if
		:: at >= first_one && at <= last ->
			sem[at].steps = sem[at].steps | (1 << me)
		:: else
		fi
	}
}

#if SEMS == 1
/*
 * In the step of its caller; wakes says whether to wake its task.  With two
 * semaphores the task has to try again itself.
 */
inline ksem_step_carry_out(s, task, wakes)
{
#ifdef BUG_NOBODY_CARRIES_OUT
	wakes = 1
#else
	ksem_op_do(s, step_op[task], tmp);
	wakes = tmp != EAGAIN;
	if
	:: tmp == OK ->
		sem[s].nr_steps--;
		done[task] = 1
	:: else
	fi;
	tmp = 0
#endif
}

#define IS_DONE(me)	done[me]
#else
inline ksem_step_carry_out(s, task, wakes)
{
	wakes = 1
}

#define IS_DONE(me)	0
#endif

#ifdef BUG_STEP_LISTENS_TO_LAST
#define FIRST_HEARD	stuck
#else
#define FIRST_HEARD	0
#endif

/* All but the last lock. */
inline ksem_step_lock(me)
{
#if SEMS > 1
#ifdef BUG_STEP_LOCKS_UNSORTED
	ksem_lock(me % 2)
#else
	ksem_lock(0)
#endif
#else
	skip
#endif
}

#if SEMS == 1
#define LAST_LOCK(me)	0
#elif defined(BUG_STEP_LOCKS_UNSORTED)
#define LAST_LOCK(me)	(1 - me % 2)
#else
#define LAST_LOCK(me)	1
#endif

inline ksem_step_serve()
{
#ifndef BUG_STEP_SERVES_NOBODY
	ksem_serve(0, more, 0);
#if SEMS > 1
	ksem_serve(1, more1, 0);
#endif
#endif
	skip
}

inline ksem_step_finish()
{
	if
	:: more -> ksem_lock(0); ksem_unlock(0)
	:: else
	fi;
#if SEMS > 1
	if
	:: more1 -> more1 = 0; ksem_lock(1); ksem_unlock(1)
	:: else
	fi;
#endif
	more = 0
}

#ifdef UNFAIR
/* In the step of its caller: handed says that a post may find room soon. */
inline ksem_step_again(first, then, ret)
{
	handed = 0;
	if
#ifndef BUG_STEP_HANDS_NOTHING_OVER
	:: ret == EOVERFLOW &&
	   (stuck == 0 -> first : then) == KSEM_OP_POST ->
		ksem_hand_over(stuck, 1, handed)
#endif
	:: else
	fi
}

#define HAS_HANDED	handed

inline ksem_step_try(me, first, then, is_blocked, ret)
{
	do
	:: ksem_step_try_once(me, first, then, is_blocked, ret);
		if
		:: handed -> handed = 0
		:: else -> break
		fi
	od
}
#else
#define HAS_HANDED	0

#define ksem_step_try(me, first, then, is_blocked, ret) \
	ksem_step_try_once(me, first, then, is_blocked, ret)
#endif

/* is_blocked is step->blocked. */
inline ksem_step_try_once(me, first, then, is_blocked, ret)
{
	ksem_step_lock(me);
	atomic {
		ksem_lock(LAST_LOCK(me));
		d_step {
			ksem_step_save();
			stuck = 0;
			if
			:: IS_DONE(me) -> ret = OK
			:: else -> ksem_op_do(0, first, ret)
			fi;
#if SEMS > 1
			if
			:: ret == OK -> stuck = 1; ksem_op_do(1, then, ret)
			:: else
			fi;
#endif
#ifndef BUG_STEP_KEEPS_A_PART
			if
			:: ret != OK -> ksem_step_roll_back()
			:: else
			fi;
#endif
#ifdef UNFAIR
			ksem_step_again(first, then, ret);
#endif
			if
			:: is_blocked && ret == EAGAIN ->
				ksem_step_listen(me, FIRST_HEARD, stuck)
			:: is_blocked && ret != EAGAIN ->
				ksem_step_listen(me, SEMS, 0)
			:: else
			fi;
			left = KSEM_BATCH
		}
	}
	if
	:: ret == OK || HAS_HANDED ->
#ifdef BUG_STEP_SERVES_LATE
		d_step {
			more = 1;
			sem[0].unsettled = 1;
#if SEMS > 1
			more1 = 1;
			sem[1].unsettled = 1
#endif
		}
#else
		ksem_step_serve()
#endif
	:: else
	fi;
#if SEMS > 1
	d_step { leave_and_drop(1) }
#endif
	d_step { leave_and_drop(0); left = 0 }
	if
	:: ret == OK ->
		asleep[me] = 0;
		ksem_batch_end();
		ksem_step_finish()
#ifdef UNFAIR
	:: handed ->
		ksem_batch_end();
		ksem_step_finish()
#endif
	:: else
	fi
}

/* Both locks at once: nobody looks at what this changes without them. */
inline ksem_step_join(me, by)
{
	atomic {
		!sem[0].lock && !sem[SEMS - 1].lock ->
		d_step {
			ksem_step_listen(me, SEMS, 0);
			for (other : 0 .. SEMS - 1) {
				sem[other].lock = 1;
				ksem_enter(other);
				if
				:: IS_DONE(me)
				:: else ->
					sem[other].nr_steps =
						sem[other].nr_steps + by
				fi;
				leave_and_drop(other)
			}
			blocked[me] = 1 - blocked[me]
		}
	}
}

inline ksem_step_block(me, first, then, ret)
{
#if SEMS == 1
	step_op[me] = first;
#endif
	ksem_step_join(me, 1);
	stop = OK;
	do
	:: asleep[me] = 1;
		ksem_step_try(me, first, then, 1, ret);
		if
		:: ret != EAGAIN -> break
		:: ret == EAGAIN && stop != OK -> ret = stop; break
		:: else
		fi;
		ksem_sleep(me);
		stop = why
	od;
	asleep[me] = 0;
	ksem_step_join(me, -1);
#if SEMS == 1
	d_step {
#ifndef BUG_END_FORGETS_DONE
		ret = (done[me] -> OK : ret);
#endif
		done[me] = 0;
		step_op[me] = 0
	}
#endif
	why = OK;
	stop = OK
}

inline ksem_operate(me, first, then, ret)
{
	ksem_step_try(me, first, then, 0, ret);
	if
	:: ret == EAGAIN -> ksem_step_block(me, first, then, ret)
	:: else
	fi
}
