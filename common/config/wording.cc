#include "common/config/wording.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <vector>

#include "common/domain/text.h"

namespace mercaptan::config {
namespace {

constexpr std::size_t kQuotedBytesMax = 60;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// How many single-character edits lead from one to the other; two swapped neighbours count once.
std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = a[i - 1] == b[j - 1];
            row[j] = std::min({last[j - 1] + (same ? 0U : 1U), last[j] + 1, row[j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

/// Skips digits; false if there are none.
bool skip_digits(std::string_view& text) {
    const std::string_view before = text;
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    return text.size() < before.size();
}

bool skip_one_of(std::string_view& text, std::string_view characters) {
    if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

/// Skips the integer part of a number: no needless zeros, which elsewhere mean octal.
bool skip_whole(std::string_view& text) {
    skip_one_of(text, "-");
    if (skip_one_of(text, "0")) return text.empty() || !is_digit(text.front());
    return skip_digits(text);
}

}  // namespace

std::string quote(std::string_view text) {
    std::string_view shown = text;
    if (shown.size() > kQuotedBytesMax) {
        shown = shown.substr(0, kQuotedBytesMax);
        // Cut between characters: UTF-8 continues with 10xxxxxx.
        while (!shown.empty() &&
               (static_cast<unsigned char>(text[shown.size()]) & 0xC0U) == 0x80U) {
            shown.remove_suffix(1);
        }
    }
    const bool readable = is_utf8(shown);
    std::string out = "\"";
    for (const char c : shown) {
        const bool foreign = !readable && static_cast<unsigned char>(c) >= 0x80;
        out += is_control(c) || foreign ? '?' : c;
    }
    if (shown.size() < text.size()) out += "...";
    return out += '"';
}

std::string expected_got(std::string_view expected, std::string_view got) {
    return std::string{"expected "}.append(expected).append(", got ").append(quote(got));
}

std::string did_you_mean(std::string_view got, std::span<const std::string_view> names) {
    // Long text is no misspelling, and the distance costs the product of the lengths.
    if (got.size() > kQuotedBytesMax) return {};
    std::string_view best;
    std::size_t best_edits = std::max<std::size_t>(1, std::min<std::size_t>(2, got.size() / 3)) + 1;
    for (const std::string_view name : names) {
        const std::size_t count = edits(got, name);
        if (count < best_edits) {
            best = name;
            best_edits = count;
        }
    }
    return best.empty() ? std::string{} : " (did you mean " + quote(best) + "?)";
}

std::string listed(std::span<const std::string_view> names) {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
        out += names[i];
    }
    return out;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::string_view rest = text;
    if (!skip_whole(rest) || !rest.empty()) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    return number;
}

std::optional<double> parse_number(std::string_view text) {
    std::string_view rest = text;
    if (!skip_whole(rest)) return std::nullopt;
    if (skip_one_of(rest, ".") && !skip_digits(rest)) return std::nullopt;
    if (skip_one_of(rest, "eE")) {
        skip_one_of(rest, "+-");
        if (!skip_digits(rest)) return std::nullopt;
    }
    if (!rest.empty()) return std::nullopt;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
    return number;
}

std::string number_text(double number) {
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    return {text.data(), end};
}

std::size_t first_bad_line(std::string_view text) {
    std::size_t line = 1;
    while (!text.empty()) {
        const std::string_view row = text.substr(0, text.find('\n'));
        const bool bad = std::any_of(
            row.begin(), row.end(), [](char c) { return is_control(c) && c != '\t' && c != '\r'; });
        if (bad || !is_utf8(row)) return line;
        text.remove_prefix(std::min(text.size(), row.size() + 1));
        ++line;
    }
    return 0;
}

}  // namespace mercaptan::config
