#include "processor/api/body.h"

#include <boost/json/parse.hpp>

#include "processor/api/api.h"
#include "processor/api/query.h"

namespace mercaptan::processor::api {
namespace {

bool says_json(const http::Request& request) {
    const auto found = request.headers.find("content-type");
    if (found == request.headers.end()) return true;
    std::string_view type = found->second;
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    std::string lower{type};
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower == "application/json";
}

bool printable(std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) return false;
    }
    return true;
}

tl::unexpected<BodyProblem> refuse_body(int status, std::string detail) {
    return tl::unexpected<BodyProblem>{BodyProblem{status, std::move(detail)}};
}

}  // namespace

tl::expected<boost::json::object, BodyProblem> parse_body(const http::Request& request,
                                                          std::size_t bytes_max) {
    if (request.body.size() > bytes_max) {
        return refuse_body(413, "a body may have " + std::to_string(bytes_max) + " bytes");
    }
    if (request.body.empty()) return boost::json::object{};
    if (!says_json(request)) return refuse_body(415, "expected content-type application/json");
    boost::json::parse_options options;
    options.max_depth = kBodyDepthMax;
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse(request.body, error, {}, options);
    if (error == boost::json::error::too_deep) {
        return refuse_body(400, "the body is nested too deeply");
    }
    if (error) return refuse_body(400, "the body is not well-formed JSON: " + error.message());
    if (!value.is_object()) return refuse_body(400, "expected a JSON object");
    return value.get_object();
}

const boost::json::value* Fields::find(std::string_view field) {
    asked_.emplace(field);
    const boost::json::value* value = object_.if_contains(field);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> Fields::text(std::string_view field, std::size_t bytes_max) {
    const boost::json::value* value = find(field);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) {
        refuse(field, "expected a text");
        return std::nullopt;
    }
    const std::string_view text = value->get_string();
    if (text.empty() || text.size() > bytes_max) {
        refuse(field, "expected 1 to " + std::to_string(bytes_max) + " bytes");
    } else if (!printable(text)) {
        refuse(field, "expected text without control characters");
    }
    return std::string{text};
}

std::optional<Name> Fields::name(std::string_view field) {
    const boost::json::value* value = find(field);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string() || !is_name(value->get_string())) {
        refuse(field, "expected a name of 1 to 63 bytes without /, + or #");
        return std::nullopt;
    }
    return Name{std::string_view{value->get_string()}};
}

std::optional<bool> Fields::boolean(std::string_view field) {
    const boost::json::value* value = find(field);
    if (value == nullptr) return std::nullopt;
    if (!value->is_bool()) {
        refuse(field, "expected true or false");
        return std::nullopt;
    }
    return value->get_bool();
}

std::optional<Instant> Fields::instant(std::string_view field) {
    const boost::json::value* value = find(field);
    if (value == nullptr) return std::nullopt;
    Result<Instant> at = fail(ErrorCode::invalid_input,
                              "expected a time such as 2026-11-21T08:00:00.123Z, or epoch "
                              "milliseconds");
    if (value->is_string()) {
        at = parse_instant(value->get_string());
    } else if (value->is_int64()) {
        at = parse_instant(std::to_string(value->get_int64()));
    }
    if (!at) {
        refuse(field, at.error().message);
        return std::nullopt;
    }
    return *at;
}

std::optional<TicketClass> Fields::ticket_class(std::string_view field) {
    const auto number = count(field, 3);
    return number ? std::optional{static_cast<TicketClass>(*number)} : std::nullopt;
}

std::optional<std::int64_t> Fields::count(std::string_view field, std::int64_t most) {
    const boost::json::value* value = find(field);
    if (value == nullptr) return std::nullopt;
    if (!value->is_int64() || value->get_int64() < 1 || value->get_int64() > most) {
        refuse(field, "expected a whole number from 1 to " + std::to_string(most));
        return std::nullopt;
    }
    return value->get_int64();
}

const boost::json::object* Fields::object(std::string_view field) {
    const boost::json::value* value = find(field);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) {
        refuse(field, "expected an object");
        return nullptr;
    }
    return &value->get_object();
}

void Fields::require(std::string_view field, std::string_view why) {
    if (!has(field)) refuse(field, why.empty() ? std::string_view{"is required"} : why);
}

void Fields::refuse(std::string_view field, std::string_view message) {
    if (error_) return;
    error_ =
        Error{ErrorCode::invalid_input, path(field) + ": " + std::string{message}, path(field)};
}

void Fields::merge(const Result<void>& nested) {
    if (!nested && !error_) error_ = nested.error();
}

Result<void> Fields::finish() const {
    for (const auto& field : object_) {
        const std::string_view name = field.key();
        if (asked_.find(name) == asked_.end()) {
            return fail(ErrorCode::invalid_input, "there is no field " + path(name), path(name));
        }
    }
    if (error_) return Failure{*error_};
    return {};
}

}  // namespace mercaptan::processor::api
