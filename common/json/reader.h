#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan {

struct JsonLimits {
    std::size_t bytes_max = 64U << 10U;
    /// Non-empty objects and arrays within each other, the outermost included.
    std::size_t depth_max = 16;
};

enum class JsonError : std::uint8_t {
    none,
    empty,
    too_long,
    too_deep,
    not_utf8,
    bad_string,  // Unclosed, a bad escape, or a bare control character.
    bad_number,  // Malformed, or out of range: 1e999, an integer of more than 64 bits.
    bad_syntax,  // Anything else, as NaN, a missing comma or text after the end.
    not_an_object,
};

/// The error as a sentence's end: "the payload " + "is not well-formed JSON".
[[nodiscard]] std::string_view to_string(JsonError error);

enum class JsonType : std::uint8_t { object, array, string, number, boolean, null };

class JsonFields;
class JsonElements;

/// A value within the text that a JsonReader parsed last; valid, with all views it gave, until that
/// reader parses again or is gone. Access with the wrong type gives nullopt, or an empty range.
///
/// It walks simdjson's tape (doc/tape.md of simdjson) itself, so that simdjson stays out of headers
/// and each access stays inline.
class JsonValue {
public:
    [[nodiscard]] JsonType type() const {
        switch (tag()) {
            case '{':
                return JsonType::object;
            case '[':
                return JsonType::array;
            case '"':
                return JsonType::string;
            case 't':
            case 'f':
                return JsonType::boolean;
            case 'n':
                return JsonType::null;
            default:
                return JsonType::number;
        }
    }
    [[nodiscard]] bool is_null() const { return tag() == 'n'; }
    [[nodiscard]] bool is_object() const { return tag() == '{'; }
    [[nodiscard]] bool is_array() const { return tag() == '['; }

    /// Any number, to the nearest double; always finite.
    [[nodiscard]] std::optional<double> number() const {
        switch (tag()) {
            case 'd':
                return std::bit_cast<double>(at_[1]);
            case 'l':
                return static_cast<double>(static_cast<std::int64_t>(at_[1]));
            case 'u':
                return static_cast<double>(at_[1]);
            default:
                return std::nullopt;
        }
    }
    /// An integer, exactly. `41.0` and `1.7e12` are integers too, up to 2^53.
    [[nodiscard]] std::optional<std::int64_t> int64() const {
        if (tag() == 'l') return static_cast<std::int64_t>(at_[1]);
        return tag() == 'd' ? whole() : std::nullopt;  // 'u' is used only beyond int64.
    }
    [[nodiscard]] std::optional<std::uint64_t> uint64() const {
        if (tag() == 'u') return at_[1];
        const std::optional<std::int64_t> number = int64();
        if (!number || *number < 0) return std::nullopt;
        return static_cast<std::uint64_t>(*number);
    }
    /// Unescaped UTF-8; may hold any character, NUL too.
    [[nodiscard]] std::optional<std::string_view> string() const {
        if (tag() != '"') return std::nullopt;
        return text();
    }
    [[nodiscard]] std::optional<bool> boolean() const {
        if (tag() == 't') return true;
        if (tag() == 'f') return false;
        return std::nullopt;
    }

    /// The fields of an object in their order, duplicates included.
    [[nodiscard]] JsonFields fields() const;
    /// The elements of an array in their order.
    [[nodiscard]] JsonElements elements() const;
    /// The first field of that name, by a linear search.
    [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;

private:
    friend class JsonReader;
    friend class JsonFields;
    friend class JsonElements;

    static constexpr std::uint64_t kIndexMask = 0xFFFF'FFFFU;
    static constexpr std::uint64_t kPayloadMask = (std::uint64_t{1} << 56U) - 1;

    JsonValue(const std::uint64_t* tape, const std::uint64_t* at, const char* strings)
        : tape_(tape), at_(at), strings_(strings) {}

    [[nodiscard]] char tag() const { return static_cast<char>(*at_ >> 56U); }
    [[nodiscard]] std::string_view text() const {
        const char* bytes = strings_ + (*at_ & kPayloadMask);
        std::uint32_t size = 0;
        std::memcpy(&size, bytes, sizeof size);
        return {bytes + sizeof size, size};
    }
    /// The value that follows this one on the tape, or the end of the container.
    [[nodiscard]] const std::uint64_t* behind() const {
        switch (tag()) {
            case '{':
            case '[':
                return tape_ + (*at_ & kIndexMask);
            case 'd':
            case 'l':
            case 'u':
                return at_ + 2;
            default:
                return at_ + 1;
        }
    }
    /// The word that closes this container.
    [[nodiscard]] const std::uint64_t* closing() const { return behind() - 1; }
    [[nodiscard]] std::optional<std::int64_t> whole() const {
        constexpr double kExactMax = 9007199254740992.0;  // 2^53
        const double number = std::bit_cast<double>(at_[1]);
        if (!(number >= -kExactMax && number <= kExactMax)) return std::nullopt;
        const auto integer = static_cast<std::int64_t>(number);
        if (static_cast<double>(integer) != number) return std::nullopt;
        return integer;
    }

    const std::uint64_t* tape_;
    const std::uint64_t* at_;
    const char* strings_;
};

struct JsonField {
    std::string_view key;  // Unescaped.
    JsonValue value;
};

/// `for (const auto& [key, value] : object.fields())`
class JsonFields {
public:
    class Iterator {
    public:
        JsonField operator*() const {
            return {key_.text(), JsonValue{key_.tape_, key_.at_ + 1, key_.strings_}};
        }
        Iterator& operator++() {
            key_.at_ = JsonValue{key_.tape_, key_.at_ + 1, key_.strings_}.behind();
            return *this;
        }
        bool operator==(const Iterator& other) const { return key_.at_ == other.key_.at_; }

    private:
        friend class JsonFields;
        explicit Iterator(JsonValue key) : key_(key) {}
        JsonValue key_;
    };
    [[nodiscard]] Iterator begin() const { return Iterator{begin_}; }
    [[nodiscard]] Iterator end() const { return Iterator{end_}; }

private:
    friend class JsonValue;
    JsonFields(JsonValue begin, JsonValue end) : begin_(begin), end_(end) {}
    JsonValue begin_;
    JsonValue end_;
};

/// `for (const JsonValue element : array.elements())`
class JsonElements {
public:
    class Iterator {
    public:
        JsonValue operator*() const { return value_; }
        Iterator& operator++() {
            value_.at_ = value_.behind();
            return *this;
        }
        bool operator==(const Iterator& other) const { return value_.at_ == other.value_.at_; }

    private:
        friend class JsonElements;
        explicit Iterator(JsonValue value) : value_(value) {}
        JsonValue value_;
    };
    [[nodiscard]] Iterator begin() const { return Iterator{begin_}; }
    [[nodiscard]] Iterator end() const { return Iterator{end_}; }

private:
    friend class JsonValue;
    JsonElements(JsonValue begin, JsonValue end) : begin_(begin), end_(end) {}
    JsonValue begin_;
    JsonValue end_;
};

inline JsonFields JsonValue::fields() const {
    if (!is_object()) return {*this, *this};
    return {JsonValue{tape_, at_ + 1, strings_}, JsonValue{tape_, closing(), strings_}};
}

inline JsonElements JsonValue::elements() const {
    if (!is_array()) return {*this, *this};
    return {JsonValue{tape_, at_ + 1, strings_}, JsonValue{tape_, closing(), strings_}};
}

inline std::optional<JsonValue> JsonValue::find(std::string_view key) const {
    for (const JsonField& field : fields()) {
        if (field.key == key) return field.value;
    }
    return std::nullopt;
}

/// Parses one JSON text at a time, whole and strictly: once it is accepted, no access can fail but
/// by type. Reuses its memory: no allocation once it has seen its longest text. Not thread-safe;
/// one per decoder.
class JsonReader {
public:
    explicit JsonReader(JsonLimits limits = {});
    JsonReader(JsonReader&&) noexcept;
    JsonReader& operator=(JsonReader&&) noexcept;
    ~JsonReader();

    /// Copies the text and parses it; the root may be of any type. Views into the last text end.
    [[nodiscard]] JsonError parse(std::string_view text);
    /// As parse, and the root must be an object.
    [[nodiscard]] JsonError parse_object(std::string_view text);

    /// The root of the last text; it must have been accepted.
    [[nodiscard]] JsonValue root() const {
        MERCAPTAN_CHECK(tape_ != nullptr);
        return {tape_, tape_ + 1, strings_};
    }

private:
    struct Parser;

    JsonLimits limits_;
    std::unique_ptr<Parser> parser_;
    const std::uint64_t* tape_ = nullptr;  // Null unless the last text was accepted.
    const char* strings_ = nullptr;
};

}  // namespace mercaptan
