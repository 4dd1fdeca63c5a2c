#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/domain/result.h"

namespace mercaptan::config {

inline constexpr std::size_t kCsvRecordBytesMax = 1U << 20U;
inline constexpr std::size_t kCsvColumnsMax = 64;

/// Reads RFC 4180 text with a header line, one record at a time and without copying fields that
/// need no unquoting. LF or CRLF; a UTF-8 byte order mark is skipped; empty lines are skipped; a
/// quoted field may hold commas, line ends and doubled quotes. Every record has as many fields as
/// the header. Errors are invalid_input, `file:line: expected ..., got ...`.
class CsvReader {
public:
    /// Reads the header. The text must outlive the reader.
    [[nodiscard]] static Result<CsvReader> open(std::string_view text, std::string file_name);

    [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
    /// Fails unless every required column is there, and none but the named ones, each once.
    [[nodiscard]] Result<void> expect_columns(
        std::initializer_list<std::string_view> required,
        std::initializer_list<std::string_view> optional = {}) const;
    /// The index of a column for `field`.
    [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;

    /// Moves to the next record; false at the end. After an error, only the end follows.
    [[nodiscard]] Result<bool> next();
    /// A field of the present record, valid until the next call of `next`; empty text for nullopt.
    [[nodiscard]] std::string_view field(std::optional<std::size_t> column) const {
        return column ? fields_[*column] : std::string_view{};
    }
    [[nodiscard]] const std::vector<std::string_view>& fields() const { return fields_; }
    /// The line on which the present record starts, from 1.
    [[nodiscard]] std::size_t line() const { return record_line_; }
    [[nodiscard]] std::size_t header_line() const { return header_line_; }
    [[nodiscard]] const std::string& file_name() const { return file_name_; }

private:
    CsvReader(std::string_view text, std::string file_name);

    void skip_empty_lines();
    /// Each gives an empty message, or what was expected.
    std::string_view read_record();
    std::string_view read_field();
    std::string_view read_quoted();
    std::string_view end_line();
    Failure refuse(std::size_t line, std::string_view message);

    std::string_view rest_;
    std::string file_name_;
    std::vector<std::string> header_;
    std::vector<std::string_view> fields_;
    std::vector<std::string> unquoted_;  // One per column: fields that held doubled quotes.
    std::size_t line_ = 1;
    std::size_t header_line_ = 1;
    std::size_t record_line_ = 1;
};

/// A whole small file in memory.
class CsvTable {
public:
    class Row {
    public:
        /// Empty text if the table has no such column.
        [[nodiscard]] std::string_view operator[](std::string_view column) const;
        [[nodiscard]] std::size_t line() const { return line_; }

    private:
        friend class CsvTable;
        Row(const CsvTable& table, std::size_t line, std::size_t first)
            : table_(&table), line_(line), first_(first) {}
        const CsvTable* table_;
        std::size_t line_;
        std::size_t first_;
    };

    [[nodiscard]] static Result<CsvTable> parse(std::string_view text, std::string file_name);

    [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
    [[nodiscard]] Result<void> expect_columns(
        std::initializer_list<std::string_view> required,
        std::initializer_list<std::string_view> optional = {}) const;
    [[nodiscard]] std::size_t size() const { return lines_.size(); }
    /// The rows in file order; they refer to this table.
    [[nodiscard]] std::vector<Row> rows() const;
    /// `file:line: message`, for errors of the caller's own.
    [[nodiscard]] std::string located(const Row& row, std::string_view message) const;

private:
    std::string file_name_;
    std::size_t header_line_ = 1;
    std::vector<std::string> header_;
    std::vector<std::string> cells_;  // Row after row.
    std::vector<std::size_t> lines_;
};

[[nodiscard]] inline Result<CsvTable> parse_csv(std::string_view text, std::string file_name) {
    return CsvTable::parse(text, std::move(file_name));
}

}  // namespace mercaptan::config
