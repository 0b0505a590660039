internal import Isorun
internal import IsorunArguments

/// `isorun plan`: what would be built, and nothing of it.
enum PlanVerb {
    static func run(_ arguments: RunArguments, json: Bool) -> Int32 {
        do {
            let request = try arguments.resolve(workingDirectory: WorkingDirectory.current())
            print(try PlannedJob.text(of: request.job, json: json), terminator: "")
            return 0
        } catch let error as UsageError {
            StandardStreams.complain("isorun: \(error)")
            return UsageError.exitCode
        } catch {
            StandardStreams.complain("isorun: \(error)")
            return 125
        }
    }
}

/// `isorun doctor`: what this host can enforce.
enum DoctorVerb {
    static func run(json: Bool) -> Int32 {
        let examination = HostExamination()
        print(json ? examination.json : examination.text(color: StandardStreams.outputColor), terminator: "")
        return examination.enforcesEveryDefault ? 0 : 1
    }
}
