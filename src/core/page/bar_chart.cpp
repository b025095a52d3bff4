#include "mailban/page/html.h"

#include <algorithm>

namespace mailban::page {

namespace {

constexpr std::size_t kWidth = 760;
constexpr std::size_t kHeading = 30;
constexpr std::size_t kHigh = 130;  // of the bars
constexpr std::size_t kBelow = 25;
constexpr std::size_t kRow = kHeading + kHigh + kBelow;

std::string attribute(std::string_view name, std::size_t value)
{
    return " " + std::string(name) + "=\"" + std::to_string(value) + "\"";
}

std::string text_at(std::size_t x, std::size_t y, std::string_view anchor, std::string_view text)
{
    return "<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" +
           std::string(anchor) + "\">" + escaped(text) + "</text>\n";
}

std::size_t height_of(std::uint64_t value, std::uint64_t most)
{
    if (value == 0) return 0;
    const double share = static_cast<double>(value) / static_cast<double>(most);
    return std::max<std::size_t>(static_cast<std::size_t>(share * double{kHigh}), 1);
}

// One row, whose bars stand on `floor`.
class Drawing {
public:
    Drawing(const BarRow& row, std::size_t floor)
        : row_(row),
          floor_(floor),
          step_(std::max<std::size_t>(kWidth / std::max<std::size_t>(row.bars.size(), 1), 2)),
          is_labelled_(row.labels == BarRow::Labels::each)
    {
        for (const auto& bar : row.bars)
            most_ = std::max(most_, bar.value);
    }

    std::string text() const
    {
        const auto most = is_labelled_ ? "" : ", at most " + std::to_string(most_);
        auto drawn = text_at(0, floor_ - kHigh - 18, "start", row_.heading + most);
        for (std::size_t at = 0; at < row_.bars.size(); ++at)
            drawn += bar(at * step_, row_.bars[at]);
        drawn += "<line class=\"axis\" x1=\"0\"" + attribute("x2", kWidth) +
                 attribute("y1", floor_) + attribute("y2", floor_) + "/>\n";
        if (is_labelled_ || row_.bars.empty()) return drawn;
        return drawn + text_at(0, floor_ + 16, "start", row_.bars.front().label) +
               text_at(kWidth, floor_ + 16, "end", row_.bars.back().label);
    }

private:
    std::string bar(std::size_t x, const Bar& one) const
    {
        const auto high = height_of(one.value, most_);
        const std::size_t margin = is_labelled_ && step_ > 24 ? 6 : 0;
        const std::string drawn =
            std::string("<rect class=\"") +
            (row_.series == BarRow::Series::first ? "first" : "second") + "\"" +
            attribute("x", x + margin) + attribute("y", floor_ - high) +
            attribute("width", std::max<std::size_t>(step_ - 2 * margin, 2) - 1) +
            attribute("height", high);
        const auto value = std::to_string(one.value);
        if (!is_labelled_)
            return drawn + ">" + tag("title", escaped(one.label + ": " + value)) + "</rect>\n";
        return drawn + "/>\n" + text_at(x + step_ / 2, floor_ - high - 4, "middle", value) +
               text_at(x + step_ / 2, floor_ + 16, "middle", one.label);
    }

    const BarRow& row_;
    std::size_t floor_;
    std::size_t step_;
    bool is_labelled_;
    std::uint64_t most_ = 1;
};

}  // namespace

std::string bar_chart(std::string_view description, const std::vector<BarRow>& rows)
{
    std::string drawn;
    for (std::size_t at = 0; at < rows.size(); ++at)
        drawn += Drawing(rows[at], at * kRow + kHeading + kHigh).text();
    return "<svg viewBox=\"0 0 " + std::to_string(kWidth) + " " +
           std::to_string(rows.size() * kRow) + "\" role=\"img\" aria-label=\"" +
           escaped(description) + "\">\n" + drawn + "</svg>\n";
}

}  // namespace mailban::page
