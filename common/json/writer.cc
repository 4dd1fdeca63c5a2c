#include "common/json/writer.h"

#include <charconv>
#include <cmath>

#include "common/domain/check.h"
#include "common/domain/text.h"

namespace mercaptan {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kNumberBytesMax = 32;

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, kNumberBytesMax> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    MERCAPTAN_CHECK(error == std::errc{});
    out.append(text.data(), end);
}

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
        case '\\':
            out += '\\';
            out += c;
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default: {
            constexpr std::string_view kHex = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(c);
            out += "\\u00";
            out += kHex[byte >> 4U];
            out += kHex[byte & 0xFU];
        }
    }
}

/// How many bytes the character at the front takes; 0 if it is not UTF-8.
std::size_t character_bytes(std::string_view text) {
    for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
        if (is_utf8(text.substr(0, size))) return size;
    }
    return 0;
}

/// The text with each byte that is not UTF-8 replaced.
std::string repaired(std::string_view text) {
    std::string good;
    while (!text.empty()) {
        const std::size_t size = character_bytes(text);
        good += size == 0 ? kReplacement : text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return good;
}

}  // namespace

void JsonWriter::begin(char bracket, Kind kind) {
    before_value();
    MERCAPTAN_CHECK(depth_ < kDepthMax);
    open_[depth_] = kind;
    ++depth_;
    first_written_ = false;
    *out_ += bracket;
}

void JsonWriter::end(char bracket, Kind kind) {
    MERCAPTAN_CHECK(depth_ > 0 && open_[depth_ - 1] == kind && !after_key_);
    --depth_;
    first_written_ = true;
    *out_ += bracket;
}

void JsonWriter::key(std::string_view name) {
    MERCAPTAN_CHECK(depth_ > 0 && open_[depth_ - 1] == Kind::object && !after_key_);
    if (first_written_) *out_ += ',';
    first_written_ = true;
    quoted(name);
    *out_ += ':';
    after_key_ = true;
}

void JsonWriter::before_value() {
    if (depth_ == 0) {
        MERCAPTAN_CHECK(!first_written_);
    } else if (open_[depth_ - 1] == Kind::object) {
        MERCAPTAN_CHECK(after_key_);
    } else if (first_written_) {
        *out_ += ',';
    }
    first_written_ = true;
    after_key_ = false;
}

void JsonWriter::literal(std::string_view text) {
    before_value();
    *out_ += text;
}

void JsonWriter::value(std::string_view text) {
    before_value();
    quoted(text);
}

void JsonWriter::value(double number) {
    if (!std::isfinite(number)) return value(nullptr);
    before_value();
    append_number(*out_, number);
}

void JsonWriter::value(Instant at) {
    before_value();
    *out_ += '"';
    *out_ += to_rfc3339(at);
    *out_ += '"';
}

void JsonWriter::integer(std::int64_t number) {
    before_value();
    append_number(*out_, number);
}

void JsonWriter::natural(std::uint64_t number) {
    before_value();
    append_number(*out_, number);
}

void JsonWriter::quoted(std::string_view given) {
    const std::string good = is_utf8(given) ? std::string{} : repaired(given);
    const std::string_view text = good.empty() ? given : good;
    *out_ += '"';
    std::size_t plain = 0;  // Where the run that needs no escape starts.
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i])) continue;
        out_->append(text, plain, i - plain);
        append_escaped(*out_, text[i]);
        plain = i + 1;
    }
    out_->append(text, plain, text.size() - plain);
    *out_ += '"';
}

}  // namespace mercaptan
