#include "processor/cli/display.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mercaptan::cli {
namespace {

struct Character {
    char32_t code = 0;
    std::size_t bytes = 1;
};

/// The first character; a byte that starts none stands for itself as U+FFFD.
Character first(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    if (bytes == 0 || text.size() < bytes) return {0xFFFD, 1};
    char32_t code = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {0xFFFD, 1};
        code = code << 6U | (byte(i) & 0x3FU);
    }
    return {code, bytes};
}

struct Range {
    char32_t from, to;
};

template <std::size_t Size>
bool within(char32_t code, const std::array<Range, Size>& ranges) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const Range& r) { return code >= r.from && code <= r.to; });
}

// The blocks that are Wide or Fullwidth throughout (Unicode, East Asian Width), and what joins the
// character before it.
constexpr std::array<Range, 11> kWide{{{0x1100, 0x115F},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0x33FF},
                                       {0x3400, 0x4DBF},
                                       {0x4E00, 0x9FFF},
                                       {0xA000, 0xA4CF},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0xFFE0, 0xFFE6}}};
constexpr std::array<Range, 2> kWideBeyond{{{0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 5> kJoined{
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};

bool control(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

std::size_t width_of(char32_t code) {
    if (within(code, kJoined)) return 0;
    return within(code, kWide) || within(code, kWideBeyond) ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
    std::size_t width = 0;
    while (!utf8.empty()) {
        const Character character = first(utf8);
        width += width_of(character.code);
        utf8.remove_prefix(character.bytes);
    }
    return width;
}

std::string printable(std::string_view utf8) {
    std::string out;
    while (!utf8.empty()) {
        const Character character = first(utf8);
        if (control(character.code)) {
            out += ' ';
        } else {
            out += utf8.substr(0, character.bytes);
        }
        utf8.remove_prefix(character.bytes);
    }
    return out;
}

std::string cut(std::string_view utf8, std::size_t width) {
    if (display_width(utf8) <= width) return std::string{utf8};
    std::string out;
    std::size_t used = 1;  // For the dots.
    while (!utf8.empty()) {
        const Character character = first(utf8);
        used += width_of(character.code);
        if (used > width) break;
        out += utf8.substr(0, character.bytes);
        utf8.remove_prefix(character.bytes);
    }
    return out + "…";
}

void Table::add(std::vector<std::string> row) {
    row.resize(header_.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] = printable(row[i]);
        if (i + 1 < row.size()) row[i] = cut(row[i], kCellWidthMax);
    }
    rows_.push_back(std::move(row));
}

void Table::print(std::ostream& out) const {
    std::vector<std::size_t> widths;
    for (const std::string& title : header_) widths.push_back(display_width(title));
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    const auto line = [&](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            out << cells[i];
            if (i + 1 == cells.size()) continue;
            out << std::string(widths[i] - display_width(cells[i]) + 2, ' ');
        }
        out << '\n';
    };
    line(header_);
    for (const auto& row : rows_) line(row);
}

}  // namespace mercaptan::cli
