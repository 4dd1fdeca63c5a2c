#include "common/http/sse.h"

namespace mercaptan::http {

namespace {

void append_single_line(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += name;
    for (const char c : value) {
        if (c != '\r' && c != '\n' && c != '\0') out += c;
    }
    out += '\n';
}

}  // namespace

std::string format_event(std::string_view id, std::string_view event, std::string_view data) {
    std::string out;
    out.reserve(id.size() + event.size() + data.size() + 32);
    append_single_line(out, "id: ", id);
    append_single_line(out, "event: ", event);
    for (;;) {
        const auto end = data.find_first_of("\r\n");
        out.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == std::string_view::npos) break;
        const bool crlf = data.substr(end).starts_with("\r\n");
        data.remove_prefix(end + (crlf ? 2 : 1));
    }
    out += '\n';
    return out;
}

EventParser::State EventParser::feed(std::string_view bytes, const OnEvent& on_event) {
    for (const char c : bytes) {
        const bool second_half_of_crlf = after_cr_ && c == '\n';
        after_cr_ = c == '\r';
        if (second_half_of_crlf) continue;
        if (c == '\r' || c == '\n') {
            if (!end_line(on_event)) return State::stopped;
            continue;
        }
        if (line_.size() + data_.size() >= kEventMaxBytes) return State::too_large;
        line_ += c;
    }
    return State::reading;
}

// False when the listener wants no more.
bool EventParser::end_line(const OnEvent& on_event) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (first_line_ && line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
    first_line_ = false;
    if (!line_.empty()) {
        const std::string_view line{line_};
        const auto colon = line.find(':');
        auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (colon != 0) take_field(line.substr(0, colon), value);
        line_.clear();
        return true;
    }
    bool more = true;
    if (!data_.empty()) {
        data_.pop_back();  // The line break after the last data line.
        more = on_event(id_, event_.empty() ? std::string_view{"message"} : event_, data_);
    }
    event_.clear();
    data_.clear();
    return more;
}

void EventParser::take_field(std::string_view name, std::string_view value) {
    if (name == "data") {
        data_.append(value).append("\n");
    } else if (name == "event") {
        event_ = value;
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
        id_ = value;
    }
}

}  // namespace mercaptan::http
