#include "gateway/profiles/native.h"

#include <array>
#include <cmath>
#include <optional>

namespace mercaptan::gateway::profiles {
namespace {

/// `{site}/{device}/{rest}`, behind the root. False if there are not that many levels.
bool split(std::string_view topic, std::string_view& site, std::string_view& device,
           std::string_view& rest) {
    const std::size_t first = topic.find('/');
    if (first == std::string_view::npos) return false;
    const std::size_t second = topic.find('/', first + 1);
    if (second == std::string_view::npos) return false;
    site = topic.substr(0, first);
    device = topic.substr(first + 1, second - first - 1);
    rest = topic.substr(second + 1);
    return true;
}

void reject_field(Decoded& decoded, std::string_view field, std::string_view expected) {
    decoded.outcome = Outcome::rejected;
    if (!decoded.reason.empty()) return;  // The first one found is the one to name.
    decoded.reason.append(field).append(": expected ").append(expected);
}

/// Epoch milliseconds with a fraction, or too many: cut, or certainly absurd.
std::optional<Instant> instant_from(double number) {
    constexpr double kMax = 9.0e15;
    if (std::fabs(number) >= kMax) return Instant{number < 0 ? kInstantMin.ms : kInstantMax.ms};
    return Instant{static_cast<std::int64_t>(std::floor(number))};
}

void read_time(const JsonValue& value, Decoded& decoded, Reading& reading) {
    if (const auto ms = value.int64()) {
        reading.event_at = Instant{*ms};
    } else if (const auto number = value.number()) {
        reading.event_at = instant_from(*number);
    } else if (const auto text = value.string()) {
        const auto at = parse_rfc3339(*text);
        if (at) {
            reading.event_at = *at;
        } else {
            reject_field(decoded, "ts", "an RFC 3339 time or epoch milliseconds");
        }
    } else {
        reject_field(decoded, "ts", "an RFC 3339 time or epoch milliseconds");
    }
}

void read_status(const JsonValue& value, Decoded& decoded, Reading& reading) {
    if (!value.is_array()) return reject_field(decoded, "status", "an array of names");
    for (const JsonValue element : value.elements()) {
        const auto text = element.string();
        if (!text) {
            reject_field(decoded, "status", "an array of names");
            continue;
        }
        if (const auto status = status_from(*text)) {
            reading.status.add(*status);
        } else if (decoded.on_alarm_topic) {
            reject_field(decoded, "status", "names from the list of the native profile");
        } else {
            ++decoded.unknown_flags;
        }
    }
}

/// True if the field is one of a reading's; null means that the device does not know.
bool read_field(const JsonField& field, Decoded& decoded, Reading& reading) {
    if (const auto quantity = quantity_from(field.key)) {
        if (const auto number = field.value.number()) {
            reading.values.set(*quantity, *number);
        } else if (!field.value.is_null()) {
            reject_field(decoded, field.key, "a number");
        }
        return true;
    }
    if (field.key == "status") {
        if (!field.value.is_null()) read_status(field.value, decoded, reading);
        return true;
    }
    if (field.key == "ts") {
        if (!field.value.is_null()) read_time(field.value, decoded, reading);
        return true;
    }
    if (field.key == "seq") {
        reading.seq = field.value.uint64();
        if (!reading.seq && !field.value.is_null())
            reject_field(decoded, "seq", "a whole number from 0 up");
        return true;
    }
    return false;
}

}  // namespace

NativeProfile::NativeProfile(std::size_t payload_bytes_max)
    : json_{JsonLimits{payload_bytes_max, 16}} {}

NativeProfile::Route NativeProfile::route(std::string_view topic) {
    std::string_view site;
    std::string_view device;
    std::string_view rest;
    if (!topic.starts_with(kRoot) || !split(topic.substr(kRoot.size()), site, device, rest))
        return Route::bulk;
    if (rest == "alarm" || rest == "online" || rest == "command/ack") return Route::emergency;
    return rest == "command" || rest == "ack" ? Route::ours : Route::bulk;
}

void NativeProfile::decode(std::string_view topic, std::string_view payload, Decoded& decoded) {
    decoded.clear();
    std::string_view site;
    std::string_view device;
    std::string_view rest;
    if (!matches(topic) || !split(topic.substr(kRoot.size()), site, device, rest)) {
        return decoded.reject("the topic is not gas/v1/{site}/{device}/...");
    }
    // Said even if the names are bad: it may be an alarm that asks to be heard.
    decoded.on_alarm_topic = rest == "alarm";
    if (is_name(site)) decoded.site = Name{site};
    if (is_name(device)) decoded.device = Name{device};
    if (decoded.site.empty()) return decoded.reject("the topic's site is not a name");
    if (decoded.device.empty()) return decoded.reject("the topic's device is not a name");

    if (rest == "telemetry" || rest == "alarm") return decode_reading(payload, decoded);
    if (rest == "online") {
        if (payload.empty()) return decoded.ignore("the retained state was removed");
        if (payload != "0" && payload != "1") return decoded.reject("online: expected 1 or 0");
        decoded.outcome = Outcome::online;
        decoded.online = payload == "1";
        return;
    }
    if (rest == "command/ack") return decode_answer(payload, decoded);
    if (rest == "command" || rest == "ack") return decoded.ignore("a message to the device");
    decoded.reject("the topic ends in none of telemetry, alarm, online, command/ack");
}

void NativeProfile::decode_reading(std::string_view payload, Decoded& decoded) {
    const JsonError error = json_.parse_object(payload);
    if (error != JsonError::none) {
        decoded.reject("the payload ");
        decoded.reason.append(to_string(error));
        return;
    }
    decoded.outcome = Outcome::readings;
    Reading& reading = decoded.readings.emplace_back();
    reading.site = decoded.site;
    reading.device = decoded.device;
    reading.urgent = decoded.on_alarm_topic;
    bool known = false;
    for (const JsonField& field : json_.root().fields()) {
        known = read_field(field, decoded, reading) || known;
    }
    if (!known) decoded.reject("the payload has no field of a reading");
}

void NativeProfile::decode_answer(std::string_view payload, Decoded& decoded) {
    const JsonError error = json_.parse_object(payload);
    if (error != JsonError::none) {
        decoded.reject("the payload ");
        decoded.reason.append(to_string(error));
        return;
    }
    const JsonValue root = json_.root();
    const auto id = root.find("id");
    const auto result = root.find("result");
    const auto detail = root.find("detail");
    const auto id_text = id ? id->string() : std::nullopt;
    const auto result_text = result ? result->string() : std::nullopt;
    if (!id_text || id_text->empty()) return reject_field(decoded, "id", "the id of the command");
    if (result_text != "done" && result_text != "failed") {
        return reject_field(decoded, "result", "\"done\" or \"failed\"");
    }
    decoded.outcome = Outcome::valve_answer;
    decoded.command_id = *id_text;
    decoded.command_done = *result_text == "done";
    if (detail) decoded.detail = detail->string().value_or("");
}

}  // namespace mercaptan::gateway::profiles
