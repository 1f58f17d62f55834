// SPDX-License-Identifier: GPL-2.0-only
/* The one place where the tracepoints get their code. */

#include "sem.h"

#define CREATE_TRACE_POINTS
#include <trace/events/ksem.h>
