internal import IsorunModel

/// Each row's samples as dots on one axis, with a box from the tenth to the ninetieth percentile and the median.
enum DistributionChart {
    private static let width = 760.0, right = 40.0, rowHeight = 30.0, axis = 34.0

    /// Room for the longest name, in letters of 12 pixels.
    static func margin(for names: [String]) -> Double { max(120, Double(names.map(\.count).max() ?? 0) * 6.8 + 24) }

    static func svg(_ measure: Measure, _ report: BenchReport) -> String {
        let rows = report.rows.compactMap { row in
            row.measures.first { $0.id == measure.id }.flatMap { found in
                found.summary.map { (name: row.name, samples: found.samples, summary: $0) }
            }
        }
        let positive = rows.flatMap(\.samples).filter { $0 > 0 }
        guard let least = positive.min(), let greatest = positive.max() else { return "" }
        let scale = Scale(
            least: least,
            greatest: greatest,
            logarithmic: Figures.isLogarithmic(rows.map(\.summary.p50)),
            hasZero: positive.count < rows.reduce(0) { $0 + $1.samples.count }
        )
        let left = margin(for: rows.map(\.name))
        let height = Double(rows.count) * rowHeight + axis
        func x(_ value: Double) -> Double { left + scale.place(value) * width }
        var body = ticks(scale, height: height, x)
        for (index, row) in rows.enumerated() {
            let middle = Double(index) * rowHeight + rowHeight / 2
            body += text(left - 10, middle + 4, row.name, anchor: "end")
            body += dots(row.samples, middle, x)
            body += box(row.summary, middle, x)
        }
        let title = "\(measure.title): every run as a dot, the box from p10 to p90, the line at the median"
        return open(left + width + right, height, title) + body + "</svg>\n"
    }

    private static func dots(_ samples: [Double], _ middle: Double, _ x: (Double) -> Double) -> String {
        samples.enumerated().map { index, sample in
            // Spread over the row by the golden ratio, so that dots of one place do not cover each other.
            let part = (Double(index) * 0.618034).truncatingRemainder(dividingBy: 1)
            let y = middle + (part - 0.5) * rowHeight * 0.66
            return
                "<circle class=\"dot\" cx=\"\(number(x(sample)))\" cy=\"\(number(y))\" r=\"2\"/>"
        }.joined() + "\n"
    }

    private static func box(_ summary: Summary, _ middle: Double, _ x: (Double) -> Double) -> String {
        let from = x(summary.p10)
        let to = max(x(summary.p90), from + 1)
        let median = number(x(summary.p50))
        let top = number(middle - 8)
        return "<rect class=\"box\" x=\"\(number(from))\" y=\"\(top)\" width=\"\(number(to - from))\" height=\"16\"/>"
            + "<line class=\"median\" x1=\"\(median)\" x2=\"\(median)\" y1=\"\(number(middle - 10))\" "
            + "y2=\"\(number(middle + 10))\"/>\n"
    }

    private static func ticks(_ scale: Scale, height: Double, _ x: (Double) -> Double) -> String {
        scale.ticks.map { tick in
            let place = number(x(tick))
            return
                "<line class=\"rule\" x1=\"\(place)\" x2=\"\(place)\" y1=\"0\" y2=\"\(number(height - axis + 4))\"/>"
                + text(x(tick), height - axis + 20, Figures.text(tick), anchor: "middle", faint: true)
        }.joined() + "\n"
    }

    static func open(_ width: Double, _ height: Double, _ title: String) -> String {
        "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" role=\"img\"><title>\(HTMLPage.escape(title))</title>\n"
    }

    static func text(_ x: Double, _ y: Double, _ text: String, anchor: String, faint: Bool = false) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\"\(faint ? " class=\"faint\"" : "")>"
            + HTMLPage.escape(text) + "</text>\n"
    }

    static func number(_ value: Double) -> String { value.text(decimals: 1) }
}

/// An axis from 0, or of powers where samples are far apart.
struct Scale {
    let least: Double
    let greatest: Double
    let logarithmic: Bool
    /// Whether there are samples of 0, for which an axis of powers has no place: they get one before it.
    var hasZero = false

    private static let zeroGap = 0.06

    func place(_ value: Double) -> Double {
        guard logarithmic else { return greatest > 0 ? value / greatest : 0 }
        guard value > 0 || !hasZero else { return 0 }
        let low = Figures.logarithm(least / 1.2)
        let high = Figures.logarithm(greatest * 1.2)
        let part = (Figures.logarithm(max(value, least / 1.2)) - low) / (high - low)
        return hasZero ? Self.zeroGap + part * (1 - Self.zeroGap) : part
    }

    /// Powers of ten, with their halves and fifths where there are few; or even steps of 1, 2 or 5.
    var ticks: [Double] {
        var power = 1e-6
        if logarithmic {
            var found: [Double] = []
            while power <= greatest {
                found += [1.0, 2, 5].map { $0 * power }
                power *= 10
            }
            found = found.filter { $0 >= least / 1.2 && $0 <= greatest * 1.2 }
            let zero = hasZero ? [0.0] : []
            return zero + (found.count > 8 ? found.filter { Self.isPowerOfTen($0) } : found)
        }
        while power * 50 <= greatest { power *= 10 }
        let step = [1.0, 2, 5, 10, 20, 50].map { $0 * power }.first { greatest / $0 <= 8 } ?? power * 50
        return (0...8).map { Double($0) * step }.filter { $0 <= greatest }
    }

    private static func isPowerOfTen(_ value: Double) -> Bool {
        var rest = value
        while rest >= 9.99 { rest /= 10 }
        while rest < 0.999 { rest *= 10 }
        return abs(rest - 1) < 0.01
    }
}

/// What the time of each row goes into, each bar as wide as its own whole.
enum PhasesChart {
    private static let colours = ["#0969da", "#bf8700", "#1a7f37", "#8250df", "#cf222e", "#57606a", "#0a7ea4"]
    private static let width = 760.0, right = 40.0, rowHeight = 64.0

    static func svg(_ report: BenchReport) -> String {
        let rows = report.rows.filter { !$0.phases.isEmpty }
        let left = DistributionChart.margin(for: rows.map(\.name))
        let height = Double(rows.count) * rowHeight + 6
        var body = ""
        for (index, row) in rows.enumerated() { body += bar(row, left, top: Double(index) * rowHeight + 6) }
        let title = "Phases of a start, each row to its own scale"
        return DistributionChart.open(left + width + right, height, title) + body + "</svg>\n"
    }

    private static func bar(_ row: BenchRow, _ left: Double, top: Double) -> String {
        let whole = row.phases.map(\.milliseconds).reduce(0, +)
        var text = DistributionChart.text(left - 10, top + 14, row.name, anchor: "end")
        text += DistributionChart.text(left - 10, top + 31, "\(Figures.text(whole)) ms", anchor: "end", faint: true)
        var x = left
        var label = left
        for (index, phase) in row.phases.enumerated() {
            let part = whole > 0 ? phase.milliseconds / whole * width : 0
            let colour = colours[index % colours.count]
            text += rectangle(x, top, part, 22, colour)
            text += rectangle(label, top + 31, 10, 10, colour)
            let words = "\(phase.name) \(Figures.text(phase.milliseconds))"
            text += DistributionChart.text(label + 14, top + 40, words, anchor: "start")
            label += 24 + Double(words.count) * 6.6
            x += part
        }
        return text
    }

    private static func rectangle(
        _ x: Double,
        _ y: Double,
        _ width: Double,
        _ height: Double,
        _ colour: String
    ) -> String {
        let number = DistributionChart.number
        return "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\" "
            + "fill=\"\(colour)\"/>\n"
    }
}
