internal import IsorunArguments
internal import IsorunModel
internal import Yams

/// `services`: containers that are started beside a job.
extension SuiteReader {
    mutating func services(
        _ node: Node,
        _ field: String,
        _ defaults: Fields,
        _ cell: [(String, String)]
    ) -> [ServiceSpec] {
        guard let list = node.sequence else {
            complain(node, field, "it is not a list; begin each service with - name: …")
            return []
        }
        let shared = defaults.filter { SuiteFields.sharedWithServices.contains($0.key) }
        var services: [ServiceSpec] = []
        for (index, element) in list.enumerated() {
            guard let service = service(element, "\(field)[\(index)]", shared, cell) else { continue }
            if services.contains(where: { $0.name == service.name }) {
                complain(element, "\(field)[\(index)].name", "another service has this name")
            }
            services.append(service)
        }
        return services
    }

    private mutating func service(
        _ node: Node,
        _ field: String,
        _ defaults: Fields,
        _ cell: [(String, String)]
    ) -> ServiceSpec? {
        guard let fields = mapping(node, field, SuiteFields.service.map(\.name)) else { return nil }
        guard let named = fields["name"], let name = text(named.value, "\(field).name", cell), !name.isEmpty else {
            complain(node, "\(field).name", "it is missing; every service has a name")
            return nil
        }
        guard fields["run"] != nil else {
            complain(node, field, "it runs nothing; write run: COMMAND")
            return nil
        }
        var arguments = RunArguments()
        arguments.command = command(node, field, fields, cell)
        arguments.name = name
        apply(defaults, "defaults", cell, to: &arguments, clearing: false)
        apply(fields, field, cell, to: &arguments, clearing: true)
        guard let job = resolve(arguments, node, field, fields, defaults) else { return nil }
        var service = ServiceSpec(name: name, job: job, ready: nil)
        if let ready = fields["ready"] { self.ready(ready.value, "\(field).ready", cell, &service) }
        return service
    }

    private mutating func ready(
        _ node: Node,
        _ field: String,
        _ cell: [(String, String)],
        _ service: inout ServiceSpec
    ) {
        guard let fields = mapping(node, field, SuiteFields.ready.map(\.name)) else { return }
        if let value = fields["timeout"]?.value, let text = text(value, "\(field).timeout", cell) {
            if let patience = Duration(parsing: text), patience > .zero {
                service.patience = patience
            } else {
                complain(value, "\(field).timeout", "\"\(text)\" is no duration; for example: 30s")
            }
        }
        let kinds = ["tcp", "http", "command", "log"].filter { fields[$0] != nil }
        guard kinds.count == 1, let kind = kinds.first, let value = fields[kind]?.value else {
            complain(node, field, "it needs one of tcp: PORT, http: PORT/PATH, command: COMMAND, log: TEXT")
            return
        }
        service.ready = readiness(kind, value, "\(field).\(kind)", cell)
    }

    private mutating func readiness(
        _ kind: String,
        _ node: Node,
        _ field: String,
        _ cell: [(String, String)]
    ) -> ServiceReadiness? {
        if kind == "command", node.sequence != nil {
            let words = texts(node, field, cell).map { ByteString($0.text) }
            if words.isEmpty { complain(node, field, "there is no command in it") }
            return words.isEmpty ? nil : .command(words)
        }
        guard let text = text(node, field, cell) else { return nil }
        switch kind {
        case "command": return .command(["/bin/sh", "-c", ByteString(text)])
        case "log":
            if text.isEmpty { complain(node, field, "every line has that in it") }
            if text.utf8.contains(UInt8(ascii: "\n")) {
                complain(node, field, "no line has the end of a line in it: leave \\n out")
            }
            return .log(text)
        case "tcp":
            if let port = UInt16(text), port > 0 { return .tcp(port) }
            complain(node, field, "\"\(text)\" is no port; for example: 5432")
        default:
            let port = UInt16(text.prefix { $0 != "/" })
            let path = String(text.drop { $0 != "/" })
            let isPlain = path.utf8.allSatisfy { 0x21...0x7e ~= $0 }
            if let port, port > 0, isPlain { return .http(port, path: path.isEmpty ? "/" : path) }
            complain(node, field, "\"\(text)\" is not PORT/PATH; for example: 8080/health")
        }
        return nil
    }
}
