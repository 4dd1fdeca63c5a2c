#include "processor/io/alarm_log.h"

#include "processor/io/bytes.h"
#include "processor/io/rows.h"

// value: version u8 | flags u8 | severity | raised | at - since zigzag | site | zone | device |
// condition
namespace mercaptan::processor {
namespace {

constexpr std::uint8_t kVersion = 1;
enum Flag : unsigned { kActive = 1, kAcked = 2, kShelved = 4, kSuppressed = 8, kKnownFlags = 15 };

Name take_name(bytes::Reader& in) {
    const std::string_view text = in.text();
    if (Name::fits(text)) return Name{text};
    in.fail();
    return {};
}

}  // namespace

AlarmLogRow alarm_log_row(const Alarm& alarm, std::uint64_t occurrences, std::uint64_t commit) {
    return {.at = alarm.changed_at,
            .commit = commit,
            .alarm = alarm.id,
            .site = alarm.site,
            .zone = alarm.zone,
            .device = alarm.device,
            .condition = alarm.condition,
            .severity = alarm.severity,
            .raised = alarm.occurrences - occurrences,
            .active = alarm.active,
            .acked = alarm.acked,
            .shelved = alarm.shelved_until.has_value(),
            .suppressed = alarm.suppressed,
            .since = alarm.since};
}

void alarm_log_seek(std::string& out, Instant at) {
    out.clear();
    bytes::put_big_endian(out, day_of(at));
    bytes::put_big_endian(out, bytes::sortable(at.ms));
}

void alarm_log_key(std::string& out, const AlarmLogRow& row) {
    alarm_log_seek(out, row.at);
    bytes::put_big_endian(out, row.commit);
    out.append(row.alarm);
}

void encode_alarm_log(std::string& out, const AlarmLogRow& row) {
    out.clear();
    out.push_back(static_cast<char>(kVersion));
    out.push_back(static_cast<char>((row.active ? kActive : 0U) | (row.acked ? kAcked : 0U) |
                                    (row.shelved ? kShelved : 0U) |
                                    (row.suppressed ? kSuppressed : 0U)));
    bytes::put_varint(out, row.severity);
    bytes::put_varint(out, row.raised);
    bytes::put_varint(out, bytes::zigzag(bytes::difference(row.at.ms, row.since.ms)));
    bytes::put_text(out, row.site.view());
    bytes::put_text(out, row.zone.view());
    bytes::put_text(out, row.device.view());
    bytes::put_text(out, row.condition);
}

Result<AlarmLogRow> decode_alarm_log(std::string_view key, std::string_view value) {
    AlarmLogRow row;
    bytes::Reader at{key};
    const auto day = at.big_endian<std::uint32_t>();
    row.at = Instant{bytes::unsortable(at.big_endian<std::uint64_t>())};
    row.commit = at.big_endian<std::uint64_t>();
    if (!at.ok() || day != day_of(row.at))
        return fail(ErrorCode::corrupt, "alarm_log: malformed key");
    row.alarm = key.substr(sizeof day + 2 * sizeof(std::uint64_t));
    bytes::Reader in{value};
    if (in.byte() != kVersion) in.fail();
    const unsigned flags = in.byte();
    if ((flags & ~static_cast<unsigned>(kKnownFlags)) != 0) in.fail();
    row.active = (flags & kActive) != 0;
    row.acked = (flags & kAcked) != 0;
    row.shelved = (flags & kShelved) != 0;
    row.suppressed = (flags & kSuppressed) != 0;
    row.severity = static_cast<std::uint16_t>(in.varint_up_to(UINT16_MAX));
    row.raised = in.varint();
    row.since = Instant{bytes::difference(row.at.ms, in.signed_varint())};
    row.site = take_name(in);
    row.zone = take_name(in);
    row.device = take_name(in);
    row.condition = in.text();
    if (!in.finished()) return fail(ErrorCode::corrupt, "alarm_log: malformed value");
    return row;
}

}  // namespace mercaptan::processor
