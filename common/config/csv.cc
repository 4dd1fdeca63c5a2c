#include "common/config/csv.h"

#include <algorithm>

#include "common/config/wording.h"
#include "common/domain/text.h"

namespace mercaptan::config {
namespace {

static_assert(kCsvColumnsMax == 64);  // Written in a message below.

using Names = std::initializer_list<std::string_view>;

std::string at_line(const std::string& file_name, std::size_t line, std::string_view message) {
    return (file_name + ":" + std::to_string(line) + ": ").append(message);
}

Result<void> check_columns(const std::vector<std::string>& header, const std::string& file_name,
                           std::size_t line, Names required, Names optional) {
    std::vector<std::string_view> known{required};
    known.insert(known.end(), optional.begin(), optional.end());
    std::string problems;
    const auto report = [&](std::string_view message) {
        if (!problems.empty()) problems += '\n';
        problems += at_line(file_name, line, message);
    };
    for (auto at = header.begin(); at != header.end(); ++at) {
        if (std::find(known.begin(), known.end(), *at) == known.end()) {
            report(expected_got("a known column", *at) + did_you_mean(*at, known));
        } else if (std::find(header.begin(), at, *at) != at) {
            report("expected each column once, got a second " + quote(*at));
        }
    }
    for (const std::string_view name : required) {
        if (std::find(header.begin(), header.end(), name) != header.end()) continue;
        report("expected a column " + quote(name) + ", got none");
    }
    if (problems.empty()) return {};
    return fail(ErrorCode::invalid_input, std::move(problems));
}

std::optional<std::size_t> index_of(const std::vector<std::string>& header, std::string_view name) {
    const auto at = std::find(header.begin(), header.end(), name);
    if (at == header.end()) return std::nullopt;
    return static_cast<std::size_t>(at - header.begin());
}

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string file_name)
    : rest_(text), file_name_(std::move(file_name)), unquoted_(kCsvColumnsMax) {}

Result<CsvReader> CsvReader::open(std::string_view text, std::string file_name) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    CsvReader reader{text, std::move(file_name)};
    const Result<bool> some = reader.next();
    if (!some) return tl::unexpected{some.error()};
    if (!*some) return reader.refuse(reader.line_, "expected a header line, got nothing");
    reader.header_.assign(reader.fields_.begin(), reader.fields_.end());
    reader.header_line_ = reader.record_line_;
    return reader;
}

Result<void> CsvReader::expect_columns(Names required, Names optional) const {
    return check_columns(header_, file_name_, header_line_, required, optional);
}

std::optional<std::size_t> CsvReader::column(std::string_view name) const {
    return index_of(header_, name);
}

Result<bool> CsvReader::next() {
    skip_empty_lines();
    fields_.clear();
    record_line_ = line_;
    if (rest_.empty()) return false;
    const std::string_view before = rest_;
    const std::string_view problem = read_record();
    if (!problem.empty()) return refuse(line_, problem);
    const std::string_view record = before.substr(0, before.size() - rest_.size());
    if (!is_utf8(record)) return refuse(record_line_, "expected UTF-8 text");
    if (record.size() > kCsvRecordBytesMax) {
        return refuse(record_line_, "expected at most " + std::to_string(kCsvRecordBytesMax) +
                                        " bytes in a record");
    }
    if (!header_.empty() && fields_.size() != header_.size()) {
        return refuse(record_line_, "expected " + std::to_string(header_.size()) +
                                        " columns, got " + std::to_string(fields_.size()));
    }
    return true;
}

void CsvReader::skip_empty_lines() {
    while (rest_.starts_with('\n') || rest_.starts_with("\r\n")) end_line();
}

std::string_view CsvReader::read_record() {
    while (true) {
        if (fields_.size() == kCsvColumnsMax) return "expected at most 64 columns";
        const std::string_view problem = rest_.starts_with('"') ? read_quoted() : read_field();
        if (!problem.empty()) return problem;
        if (rest_.empty()) return {};
        if (rest_.front() != ',') return end_line();
        rest_.remove_prefix(1);
    }
}

std::string_view CsvReader::end_line() {
    if (rest_.starts_with("\r\n")) {
        rest_.remove_prefix(2);
    } else if (rest_.starts_with('\n')) {
        rest_.remove_prefix(1);
    } else if (rest_.starts_with('\r')) {
        return "expected a line feed after a carriage return";
    } else {
        return "expected a comma or the end of the line after a quoted field";
    }
    ++line_;
    return {};
}

std::string_view CsvReader::read_field() {
    std::size_t size = 0;
    while (size < rest_.size()) {
        const char c = rest_[size];
        if (c == ',' || c == '\n' || c == '\r') break;
        if (c == '"') return "expected quotes around the whole field, got one inside";
        ++size;
    }
    fields_.push_back(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return {};
}

std::string_view CsvReader::read_quoted() {
    rest_.remove_prefix(1);
    std::string& unquoted = unquoted_[fields_.size()];
    unquoted.clear();
    while (true) {
        const std::size_t quote_at = rest_.find('"');
        if (quote_at == std::string_view::npos) {
            line_ = record_line_;
            return "expected a closing quote, got the end of the file";
        }
        const std::string_view piece = rest_.substr(0, quote_at);
        line_ += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
        rest_.remove_prefix(quote_at + 1);
        if (!rest_.starts_with('"')) {
            if (unquoted.empty()) {
                fields_.push_back(piece);
            } else {
                fields_.push_back(unquoted.append(piece));
            }
            return {};
        }
        unquoted.append(piece).append(1, '"');
        rest_.remove_prefix(1);
    }
}

Failure CsvReader::refuse(std::size_t line, std::string_view message) {
    rest_ = {};
    return fail(ErrorCode::invalid_input, at_line(file_name_, line, message));
}

Result<CsvTable> CsvTable::parse(std::string_view text, std::string file_name) {
    Result<CsvReader> reader = CsvReader::open(text, std::move(file_name));
    if (!reader) return tl::unexpected{reader.error()};
    CsvTable table;
    table.file_name_ = reader->file_name();
    table.header_line_ = reader->header_line();
    table.header_ = reader->header();
    while (true) {
        const Result<bool> some = reader->next();
        if (!some) return tl::unexpected{some.error()};
        if (!*some) return table;
        table.cells_.insert(table.cells_.end(), reader->fields().begin(), reader->fields().end());
        table.lines_.push_back(reader->line());
    }
}

Result<void> CsvTable::expect_columns(Names required, Names optional) const {
    return check_columns(header_, file_name_, header_line_, required, optional);
}

std::vector<CsvTable::Row> CsvTable::rows() const {
    std::vector<Row> rows;
    rows.reserve(lines_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        rows.push_back(Row{*this, lines_[i], i * header_.size()});
    }
    return rows;
}

std::string CsvTable::located(const Row& row, std::string_view message) const {
    return at_line(file_name_, row.line(), message);
}

std::string_view CsvTable::Row::operator[](std::string_view column) const {
    const std::optional<std::size_t> index = index_of(table_->header_, column);
    return index ? std::string_view{table_->cells_[first_ + *index]} : std::string_view{};
}

}  // namespace mercaptan::config
