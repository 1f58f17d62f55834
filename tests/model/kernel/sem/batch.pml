/* SPDX-License-Identifier: MIT */
/*
 * kernel/sem/batch.c.  A batch is the variables left, to_wake, ends and calls of
 * its process.  The calls are made by the callers: see call.pml.
 */

inline ksem_batch_end()
{
#ifdef ANYS
	do
	:: ends ->
		d_step {
			do
			:: ends & (1 << ended) -> break
			:: else -> ended++
			od;
			ends = ends & ~(1 << ended)
		}
		ksem_any_end(ended);
		ended = 0
	:: else -> break
	od;
#endif
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
	od
}
