#include "common/json/reader.h"

#include <simdjson.h>

#include <algorithm>
#include <vector>

namespace mercaptan {
namespace {

constexpr std::size_t kFirstCapacity = 4096;

JsonError from_simdjson(simdjson::error_code code) {
    switch (code) {
        case simdjson::SUCCESS:
            return JsonError::none;
        case simdjson::EMPTY:
            return JsonError::empty;
        case simdjson::CAPACITY:
            return JsonError::too_long;
        case simdjson::DEPTH_ERROR:
            return JsonError::too_deep;
        case simdjson::UTF8_ERROR:
            return JsonError::not_utf8;
        case simdjson::STRING_ERROR:
        case simdjson::UNESCAPED_CHARS:
        case simdjson::UNCLOSED_STRING:
            return JsonError::bad_string;
        case simdjson::NUMBER_ERROR:
            return JsonError::bad_number;
        default:  // The library's enum, which grows: every other code is about grammar.
            return JsonError::bad_syntax;
    }
}

}  // namespace

std::string_view to_string(JsonError error) {
    switch (error) {
        case JsonError::none:
            return "is fine";
        case JsonError::empty:
            return "is empty";
        case JsonError::too_long:
            return "is too long";
        case JsonError::too_deep:
            return "nests too deep";
        case JsonError::not_utf8:
            return "is not UTF-8";
        case JsonError::bad_string:
            return "has a malformed string";
        case JsonError::bad_number:
            return "has a malformed or out-of-range number";
        case JsonError::bad_syntax:
            return "is not well-formed JSON";
        case JsonError::not_an_object:
            return "is not a JSON object";
    }
    return "";
}

struct JsonReader::Parser {
    /// Makes room for a text of that size; grows by powers of two, so it stops growing.
    void reserve(std::size_t size, const JsonLimits& limits) {
        if (size <= capacity) return;
        while (capacity < size) capacity = capacity == 0 ? kFirstCapacity : capacity * 2;
        // simdjson refuses the depth it is given, we allow it.
        MERCAPTAN_CHECK(parser.allocate(capacity, limits.depth_max + 1) == simdjson::SUCCESS);
        MERCAPTAN_CHECK(document.allocate(capacity) == simdjson::SUCCESS);
        padded.assign(capacity + simdjson::SIMDJSON_PADDING, ' ');
    }

    simdjson::dom::parser parser;
    simdjson::dom::document document;
    std::vector<char> padded;
    std::size_t capacity = 0;
};

JsonReader::JsonReader(JsonLimits limits) : limits_(limits), parser_(std::make_unique<Parser>()) {
    parser_->reserve(std::min(kFirstCapacity, limits_.bytes_max), limits_);
}
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;
JsonReader::~JsonReader() = default;

JsonError JsonReader::parse(std::string_view text) {
    tape_ = nullptr;
    if (text.empty()) return JsonError::empty;
    if (text.size() > limits_.bytes_max) return JsonError::too_long;
    parser_->reserve(text.size(), limits_);
    std::memcpy(parser_->padded.data(), text.data(), text.size());
    const auto root = parser_->parser.parse_into_document(parser_->document, parser_->padded.data(),
                                                          text.size(), /*realloc_if_needed=*/false);
    if (root.error() != simdjson::SUCCESS) return from_simdjson(root.error());
    tape_ = parser_->document.tape.get();
    strings_ = reinterpret_cast<const char*>(parser_->document.string_buf.get());
    return JsonError::none;
}

JsonError JsonReader::parse_object(std::string_view text) {
    const JsonError error = parse(text);
    if (error != JsonError::none) return error;
    if (root().is_object()) return JsonError::none;
    tape_ = nullptr;
    return JsonError::not_an_object;
}

}  // namespace mercaptan
