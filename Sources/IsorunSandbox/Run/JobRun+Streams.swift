internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem

extension JobRun {
    private var allowance: UInt64 {
        let used = (output?.capture.bytes ?? 0) + (errors?.capture.bytes ?? 0)
        guard let most = plan.watch.maxOutput else { return .max }
        return most > used ? most - used : 0
    }

    func pumpStreams() {
        pumpOutput()
        pumpErrors()
        let dropped = (output?.dropped ?? 0) + (errors?.dropped ?? 0)
        if dropped > 0 { put(.end(.output)) }
    }

    private func pumpOutput() {
        guard output?.isOpen == true else { return }
        let wasBlocked = output?.isBlocked == true
        let allowance = allowance
        let progress = unsafe output?.pump(allowance: allowance, buffer: buffer)
        guard let raw = output?.source.raw else { return }
        settle(progress, raw, output?.isBlocked == true, wasBlocked, output?.sinkDescriptor, .output, .outputSink)
    }

    private func pumpErrors() {
        guard errors?.isOpen == true else { return }
        let wasBlocked = errors?.isBlocked == true
        let allowance = allowance
        let progress = unsafe errors?.pump(allowance: allowance, buffer: buffer)
        guard let raw = errors?.source.raw else { return }
        settle(progress, raw, errors?.isBlocked == true, wasBlocked, errors?.sinkDescriptor, .errors, .errorsSink)
    }

    /// Waits for the reader while bytes wait for it, and for the job otherwise; never for both.
    private func settle(
        _ progress: StreamRelay.Progress?,
        _ source: Int32,
        _ isBlocked: Bool,
        _ wasBlocked: Bool,
        _ sink: Int32?,
        _ sourceToken: Token,
        _ sinkToken: Token
    ) {
        if progress == .ended { return poller.remove(source) }
        guard isBlocked != wasBlocked, let sink else { return }
        if isBlocked {
            poller.remove(source)
            _ = try? poller.add(sink, .writable, token: sinkToken.rawValue)
        } else {
            poller.remove(sink)
            _ = try? poller.add(source, .readable, token: sourceToken.rawValue)
        }
    }

    func pumpInput() {
        input?.flush()
        input?.pump()
        guard let raw = input?.targetDescriptor, input?.isOpen == true else {
            poller.remove(STDIN_FILENO)
            input = nil
            return
        }
        if input?.isBlocked == true {
            poller.remove(STDIN_FILENO)
            _ = try? poller.add(raw, .writable, token: Token.inputTarget.rawValue)
        } else if (try? poller.add(STDIN_FILENO, .readable, token: Token.input.rawValue)) == true {
            poller.remove(raw)
        }
    }
}
