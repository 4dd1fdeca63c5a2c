#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/instant.h"

namespace mercaptan {

/// Appends one JSON text to a string, which must outlive it and may be reused for its memory.
///
/// Writing in a wrong order (a value without key in an object, an end that matches no begin) is a
/// broken invariant. Text that is not UTF-8 has its bad bytes replaced by U+FFFD; a number that is
/// not finite is written as null, since JSON has no other word for it.
class JsonWriter {
public:
    static constexpr std::size_t kDepthMax = 32;

    explicit JsonWriter(std::string& out) : out_(&out) {}

    void begin_object() { begin('{', Kind::object); }
    void end_object() { end('}', Kind::object); }
    void begin_array() { begin('[', Kind::array); }
    void end_array() { end(']', Kind::array); }

    void key(std::string_view name);

    void value(std::string_view text);
    void value(const char* text) { value(std::string_view{text}); }
    void value(const std::string& text) { value(std::string_view{text}); }
    void value(std::nullptr_t) { literal("null"); }
    void value(bool truth) { literal(truth ? "true" : "false"); }
    /// The shortest text that reads back to the same double.
    void value(double number);
    template <std::signed_integral Integer>
    void value(Integer number) {
        integer(static_cast<std::int64_t>(number));
    }
    template <std::unsigned_integral Integer>
    requires(!std::same_as<Integer, bool>) void value(Integer number) {
        natural(static_cast<std::uint64_t>(number));
    }
    /// RFC 3339 with milliseconds.
    void value(Instant at);
    /// Null if empty.
    template <class T>
    void value(const std::optional<T>& maybe) {
        if (maybe) {
            value(*maybe);
        } else {
            value(nullptr);
        }
    }
    /// One whole JSON value, already written.
    void raw(std::string_view json) { literal(json); }

    template <class T>
    void member(std::string_view name, const T& content) {
        key(name);
        value(content);
    }

    /// True once a whole value is written and nothing is open.
    [[nodiscard]] bool complete() const { return depth_ == 0 && first_written_; }

private:
    enum class Kind : std::uint8_t { object, array };

    void begin(char bracket, Kind kind);
    void end(char bracket, Kind kind);
    void before_value();
    void literal(std::string_view text);
    void integer(std::int64_t number);
    void natural(std::uint64_t number);
    void quoted(std::string_view text);

    std::string* out_;
    std::array<Kind, kDepthMax> open_{};
    std::size_t depth_ = 0;
    bool first_written_ = false;  // Whether the present container, or the text, has a value.
    bool after_key_ = false;
};

}  // namespace mercaptan
