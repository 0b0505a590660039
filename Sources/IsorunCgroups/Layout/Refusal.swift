internal import IsorunModel
internal import SystemPackage

/// Why a controller cannot be had here, and what gives it.
enum Refusal {
    /// The option that lets a job run without a controller's limit.
    static func optOut(_ controller: CgroupFacts.Controller) -> String {
        "pass --allow-unenforced \(controller.limit.optionName)"
    }

    /// No hierarchy that is mounted has the controller.
    static func absent(_ controller: CgroupFacts.Controller) -> String {
        let boot = controller == .memory ? " (boot with cgroup_enable=memory)" : ""
        return "no mounted cgroup hierarchy has the \(controller.rawValue) controller: mount one that has it\(boot), "
            + "or \(optOut(controller))"
    }

    /// A v1 directory in which this user cannot make another.
    static func unwritable(_ controller: CgroupFacts.Controller, _ directory: FilePath) -> String {
        "this user cannot make a cgroup in \(directory): run isorun as root, have root give this user a cgroup there to "
            + "start in, or \(optOut(controller))"
    }

    /// No ancestor in the unified hierarchy hands the controller down to this user.
    static func undelegated(_ controller: CgroupFacts.Controller, _ own: FilePath, privileged: Bool) -> String {
        if privileged {
            return
                "no cgroup above \(own) can hand the \(controller.rawValue) controller down, for each holds processes "
                + "itself or lacks it: start isorun as `systemd-run --scope -p Delegate=yes isorun …`, move the processes "
                + "of the container's root cgroup into a child of it, or \(optOut(controller))"
        }
        return "no cgroup above \(own) that this user owns hands the \(controller.rawValue) controller down: start "
            + "isorun as `systemd-run --user --scope -p Delegate=yes isorun …`, or \(optOut(controller))"
    }
}
