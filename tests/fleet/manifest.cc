#include "tests/fleet/manifest.h"

#include <string_view>

#include "common/domain/instant.h"

namespace mercaptan::fleet {
namespace {

void text(std::string& line, std::string_view name, std::string_view value) {
    line += '"';
    line += name;
    line += "\":\"";
    line += value;  // Names of devices and sites hold nothing that JSON would escape.
    line += "\",";
}

void number(std::string& line, std::string_view name, std::int64_t value) {
    line += '"';
    line += name;
    line += "\":";
    line += std::to_string(value);
    line += ',';
}

void flag(std::string& line, std::string_view name, bool value) {
    line += '"';
    line += name;
    line += value ? "\":true," : "\":false,";
}

}  // namespace

Result<void> Manifest::open(const std::string& path) {
    if (path.empty()) return {};
    file_.open(path, std::ios::trunc);
    if (!file_) return fail(ErrorCode::io, path + ": can't be written");
    return {};
}

void Manifest::write(const Message& message, const Device& device, const std::string& leak_id) {
    if (!wanted()) return;
    line_.assign(1, '{');
    text(line_, "device", device.id);
    text(line_, "site", device.site);
    number(line_, "seq", static_cast<std::int64_t>(message.seq));
    text(line_, "event_at", to_rfc3339(Instant{message.event_ms}));
    text(line_, "topic", message.urgent ? "alarm" : "telemetry");
    line_ += "\"values\":{";
    line_ += message.values;
    line_ += "},\"status\":[";
    line_ += message.status;
    line_ += "],";
    flag(line_, "acked", message.acked_us != 0);
    number(line_, "sent_us", message.sent_us);
    number(line_, "acked_us", message.acked_us);
    number(line_, "copies", message.copies);
    flag(line_, "late", message.late);
    flag(line_, "skewed", device.clock_offset_ms != 0);
    flag(line_, "dropped", message.dropped);
    flag(line_, "confirmed", message.confirmed);
    if (!leak_id.empty()) text(line_, "leak", leak_id);
    line_.back() = '}';
    line_ += '\n';
    file_ << line_;
}

}  // namespace mercaptan::fleet
