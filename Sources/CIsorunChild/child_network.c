// The loopback interface of a new network namespace is there, but down.
#include "child_internal.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int child_loopback_up(void) {
    int handle = (int)CALL(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0);
    if (handle < 0) return handle;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    long result = CALL(SYS_ioctl, handle, SIOCSIFFLAGS, &request, 0, 0);
    close(handle);
    return (int)result;
}
