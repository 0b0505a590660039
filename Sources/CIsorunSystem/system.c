#include "isorun_system.h"
typedef int isorun_system_unit_is_not_empty;
