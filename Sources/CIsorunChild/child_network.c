// The settings of a new network namespace: its loopback interface is there, but down, and its low ports are root's.
#include "child_internal.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// The kernel shows a process the settings of its own network namespace: the host's /proc will do. A kernel without IPv6
// lacks some, and where /proc/sys is read-only, as in other containers, they stay as they are.
void child_set(const char *path, const char *value) {
    int file = (int)CALL(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0, 0);
    if (file < 0) return;
    CALL(SYS_write, file, value, strlen(value), 0, 0);
    close(file);
}

// Whoever the job is, it may listen on port 80, as with docker.
void child_open_low_ports(void) { child_set("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"); }

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
