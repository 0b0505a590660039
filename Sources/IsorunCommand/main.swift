// The fast path first: what a job is started with is read in microseconds, and only what goes wrong, asks for help or
// names another command reaches ArgumentParser.

internal import Glibc
internal import Isorun
internal import IsorunArguments
internal import IsorunModel
internal import IsorunSystem

StandardStreams.makeUsable()
switch LaunchLexer.lex(ProcessArguments.bytes) {
case .run(let arguments): exit(RunVerb.run(arguments))
case .fallThrough:
    let arguments = ProcessArguments.bytes
    if let problem = OtherProgram.become(arguments) {
        StandardStreams.complain("isorun: \(problem)")
        exit(125)
    }
    IsorunCommand.main()
}
