#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

// Text for a terminal.
namespace mercaptan::cli {

/// Columns that the text takes: 2 for East Asian wide characters and emoji, 0 for combining marks.
[[nodiscard]] std::size_t display_width(std::string_view utf8);

/// Whatever a server sent, safe to print: control characters become spaces.
[[nodiscard]] std::string printable(std::string_view utf8);

/// At most `width` columns; what is cut off shows as `…`.
[[nodiscard]] std::string cut(std::string_view utf8, std::size_t width);

/// Columns as wide as their widest cell, the last one open-ended. Cells are made printable.
class Table {
public:
    static constexpr std::size_t kCellWidthMax = 40;

    explicit Table(std::vector<std::string> header) : header_{std::move(header)} {}
    void add(std::vector<std::string> row);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    void print(std::ostream& out) const;

private:
    std::vector<std::string> header_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace mercaptan::cli
