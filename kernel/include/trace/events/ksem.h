/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ksem

#if !defined(_TRACE_KSEM_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_KSEM_H

#include <linux/tracepoint.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define KSEM_ASSIGN_NAME	__assign_str(name, sem->name)
#else
#define KSEM_ASSIGN_NAME	__assign_str(name)
#endif

DECLARE_EVENT_CLASS(ksem_units,
		    TP_PROTO(struct ksem *sem, unsigned int units),
		    TP_ARGS(sem, units),
		    TP_STRUCT__entry(__string(name, sem->name)
				     __field(unsigned int, units)),
		    TP_fast_assign(KSEM_ASSIGN_NAME;
				   __entry->units = units;),
		    TP_printk("name=%s units=%u", __get_str(name),
			      __entry->units)
);

/*
 * A task or a request queues, and nothing that ends it is traced before.  A wait
 * for several in one step doesn't queue: this comes before it tries again.
 */
DEFINE_EVENT(ksem_units, ksem_wait,
	     TP_PROTO(struct ksem *sem, unsigned int units),
	     TP_ARGS(sem, units)
);

DEFINE_EVENT(ksem_units, ksem_post,
	     TP_PROTO(struct ksem *sem, unsigned int units),
	     TP_ARGS(sem, units)
);

DEFINE_EVENT(ksem_units, ksem_timeout,
	     TP_PROTO(struct ksem *sem, unsigned int units),
	     TP_ARGS(sem, units)
);

DEFINE_EVENT(ksem_units, ksem_interrupted,
	     TP_PROTO(struct ksem *sem, unsigned int units),
	     TP_ARGS(sem, units)
);

/* Units were taken, after waiting for so long; 0 if they were there. */
TRACE_EVENT(ksem_acquired,
	    TP_PROTO(struct ksem *sem, unsigned int units, s64 waited_ns),
	    TP_ARGS(sem, units, waited_ns),
	    TP_STRUCT__entry(__string(name, sem->name)
			     __field(unsigned int, units)
			     __field(s64, waited_ns)),
	    TP_fast_assign(KSEM_ASSIGN_NAME;
			   __entry->units = units;
			   __entry->waited_ns = waited_ns;),
	    TP_printk("name=%s units=%u waited_ns=%lld", __get_str(name),
		      __entry->units, __entry->waited_ns)
);

DECLARE_EVENT_CLASS(ksem_name,
		    TP_PROTO(struct ksem *sem),
		    TP_ARGS(sem),
		    TP_STRUCT__entry(__string(name, sem->name)),
		    TP_fast_assign(KSEM_ASSIGN_NAME;),
		    TP_printk("name=%s", __get_str(name))
);

/* Its device is there. */
DEFINE_EVENT(ksem_name, ksem_made,
	     TP_PROTO(struct ksem *sem),
	     TP_ARGS(sem)
);

/* Its device is about to go; open handles go on. */
DEFINE_EVENT(ksem_name, ksem_removed,
	     TP_PROTO(struct ksem *sem),
	     TP_ARGS(sem)
);

#endif /* _TRACE_KSEM_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
