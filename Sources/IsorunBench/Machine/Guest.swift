/// What all machines of a run boot, made when the first of them asks for it.
final class Guest {
    private let make: () throws(MachineProblem) -> MachineImage

    init(_ make: @escaping () throws(MachineProblem) -> MachineImage) { self.make = make }

    /// The kernel as it was found.
    private(set) lazy var packed: Result<MachineImage, MachineProblem> = Result { () throws(MachineProblem) in
        try make()
    }

    /// The kernel as a monitor takes it that does not let the kernel unpack itself.
    private(set) lazy var unpacked: Result<MachineImage, MachineProblem> = Result { () throws(MachineProblem) in
        try packed.get().unpacked()
    }
}
