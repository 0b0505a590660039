/// The words of docker-format profiles.
enum DockerVocabulary {
    /// Actions; nil for an unknown one.
    ///
    /// What kills becomes a notification, so that isorun can name the call.
    static func action(_ word: String, errno: UInt16) -> SeccompAction? {
        switch word {
        case "SCMP_ACT_ALLOW": .allow
        case "SCMP_ACT_LOG": .log
        case "SCMP_ACT_ERRNO": .errno(errno)
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_NOTIFY": .notify
        case "SCMP_ACT_TRACE": .trace(errno)
        case "SCMP_ACT_TRAP": .trap
        default: nil
        }
    }

    static let actions = [
        "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD",
        "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ]

    static func comparison(_ word: String, _ value: UInt64, _ valueTwo: UInt64) -> ArgumentCondition.Comparison? {
        switch word {
        case "SCMP_CMP_EQ": .equal(value)
        case "SCMP_CMP_NE": .notEqual(value)
        case "SCMP_CMP_LT": .less(value)
        case "SCMP_CMP_LE": .lessOrEqual(value)
        case "SCMP_CMP_GT": .greater(value)
        case "SCMP_CMP_GE": .greaterOrEqual(value)
        case "SCMP_CMP_MASKED_EQ": .masked(mask: value, value: valueTwo)
        default: nil
        }
    }

    static let comparisons = [
        "SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GT", "SCMP_CMP_GE", "SCMP_CMP_MASKED_EQ",
    ]

    static let architectures = [
        "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_MIPS",
        "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
        "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X",
        "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",
        "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
    ]
}
