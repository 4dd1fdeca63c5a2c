#include "gateway/io/decode_command.h"

#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "common/json/reader.h"
#include "common/json/writer.h"
#include "gateway/io/encoding.h"

namespace mercaptan::gateway {
namespace {

using profiles::Decoded;
using profiles::Outcome;

constexpr std::size_t kLineBytesMax = 4U << 20U;

struct Line {
    std::string id;
    std::string topic;
    std::string payload;
    std::string error;  // Why it is no message; empty if it is one.
};

Line parse_line(std::string_view text, JsonReader& reader) {
    Line line;
    if (const JsonError error = reader.parse_object(text); error != JsonError::none) {
        line.error = "the line " + std::string{to_string(error)};
        return line;
    }
    const JsonValue root = reader.root();
    const auto text_of = [&](std::string_view key) -> std::optional<std::string_view> {
        const auto value = root.find(key);
        return value ? value->string() : std::nullopt;
    };
    line.id = text_of("id").value_or("");
    line.topic = text_of("topic").value_or("");
    const std::string_view encoding = text_of("encoding").value_or("utf8");
    const auto payload = text_of("payload");
    if (!payload) {
        line.error = "payload: expected text";
        return line;
    }
    std::optional<std::string> bytes;
    if (encoding == "utf8") bytes = std::string{*payload};
    if (encoding == "base64") bytes = from_base64(*payload);
    if (encoding == "hex") bytes = from_hex(*payload);
    if (bytes) {
        line.payload = std::move(*bytes);
    } else {
        line.error = "payload: expected utf8, base64 or hex as encoding says";
    }
    return line;
}

std::string_view outcome_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::readings:
        case Outcome::online:
            return "readings";
        case Outcome::valve_answer:
        case Outcome::ignored:
            return "ignored";
        case Outcome::rejected:
            break;
    }
    return "rejected";
}

void write_reading(const Reading& reading, std::string_view kind, JsonWriter& json) {
    json.begin_object();
    json.member("device_id", reading.device.view());
    json.member("site", reading.site.view());
    json.member("kind", kind);
    const bool writable =
        reading.event_at && *reading.event_at >= kInstantMin && *reading.event_at <= kInstantMax;
    json.member("time", writable ? reading.event_at : std::nullopt);
    json.key("values");
    json.begin_object();
    reading.values.for_each(
        [&](Quantity quantity, double value) { json.member(to_string(quantity), value); });
    json.end_object();
    json.key("status");
    json.begin_array();
    reading.status.for_each([&](Status status) { json.value(to_string(status)); });
    json.end_array();
    json.end_object();
}

void write_readings(const Decoded& decoded, const Registry& registry, const SetPoints& points,
                    JsonWriter& json) {
    if (decoded.outcome == Outcome::online) {
        Reading reading;
        reading.site = decoded.site;
        reading.device = decoded.device;
        return write_reading(reading, profiles::kind_of(decoded, reading), json);
    }
    if (decoded.outcome != Outcome::readings) return;
    for (const Reading& reading : decoded.readings) {
        const RegistryEntry* entry = registry.find(reading.site, reading.device);
        const bool emergency =
            is_emergency(reading, entry == nullptr ? Gas::natural_gas : entry->gas, points);
        write_reading(reading, emergency ? "alarm" : profiles::kind_of(decoded, reading), json);
    }
}

}  // namespace

void run_decode(std::istream& in, std::ostream& out, profiles::ProfileSet& profiles,
                const Registry& registry, const SetPoints& points) {
    JsonReader reader{JsonLimits{kLineBytesMax, 16}};
    Decoded decoded;
    std::string text;
    std::string answer;
    while (std::getline(in, text)) {
        const Line line = parse_line(text, reader);
        std::size_t profile = profiles.size();
        decoded.clear();
        if (line.error.empty()) {
            profile = profiles.decode(line.topic, line.payload, decoded);
        } else {
            decoded.reject(line.error);
        }
        if (decoded.outcome == Outcome::valve_answer)
            decoded.reason = "a valve's answer to a command";
        answer.clear();
        JsonWriter json{answer};
        json.begin_object();
        json.member("id", line.id);
        json.member("outcome", outcome_of(decoded.outcome));
        json.member("reason", decoded.reason);
        json.member("profile", profiles.name(profile));
        json.key("readings");
        json.begin_array();
        write_readings(decoded, registry, points, json);
        json.end_array();
        json.end_object();
        out << answer << '\n';
    }
    out.flush();
}

}  // namespace mercaptan::gateway
