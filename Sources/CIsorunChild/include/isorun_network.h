// Starts what carries a container's private network: pasta or slirp4netns.
//
// Theory of operation. The carrier needs rights in the container's network namespace, to make an interface there, and
// none on the host, where it opens sockets like any user. So it lives in the container's user namespace, under an id
// that the job does not have, and in none of the container's other namespaces: the job does not see it. It is no child
// of the container's and not in its cgroup. It dies with the keeper.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isorun_network {
    const char *program;
    char *const *argv;
    char *const *envp;
    int32_t user_namespace, network_namespace;  // the container's; the latter becomes descriptor 0
    int32_t ready;      // a pipe: the carrier writes to descriptor 1 when the network is up
    int32_t messages;   // a pipe: what it complains of on descriptor 2, or an isorun_network_failure
    int32_t keeper;     // the keeper's process id
    uint32_t id;        // the user and group to be inside; 0 stays who it is
    uint32_t own_tunnel;  // makes a /dev/net/tun of its own that any user may open: for root
};

enum isorun_network_step {
    ISORUN_NETWORK_DESCRIPTORS = 1,
    ISORUN_NETWORK_TUNNEL,
    ISORUN_NETWORK_USER_NAMESPACE,
    ISORUN_NETWORK_SETTINGS,
    ISORUN_NETWORK_IDS,
    ISORUN_NETWORK_RIGHTS,
    ISORUN_NETWORK_EXECUTE,
};

// Why the carrier was not even started; no text begins with a byte of zero.
struct isorun_network_failure {
    uint32_t zero;
    uint32_t step;
    int32_t error;
};

// Clones, and becomes the carrier in the clone. Returns its process id and its pidfd, or -errno.
int isorun_network_start(const struct isorun_network *network, int *pidfd);

#ifdef __cplusplus
}
#endif
