#include "isorun_child.h"
typedef int isorun_child_placeholder;
