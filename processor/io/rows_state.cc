#include <cmath>
#include <limits>
#include <utility>

#include "processor/io/bytes.h"
#include "processor/io/rows.h"

// Hand-made values of devices, effects, positions, people and feed. Each starts with a version.
namespace mercaptan::processor {
namespace {

constexpr std::uint8_t kVersion = 1;

enum DeviceFlag : unsigned {
    kHasEventAt = 1,
    kHasReceivedAt = 2,
    kHasSeq = 4,
    kSilent = 8,
    kOffline = 16,
    kHasCountBegan = 32,
    kHasTraces = 64,
    kHasMeter = 128,
    kKnownFlags = 255,
};

void start(std::string& out) {
    out.clear();
    out.push_back(static_cast<char>(kVersion));
}

bytes::Reader reader_of(std::string_view value) {
    bytes::Reader in{value};
    if (in.byte() != kVersion) in.fail();
    return in;
}

Failure malformed(const char* what) {
    return fail(ErrorCode::corrupt, std::string{what} + ": malformed row");
}

void put_instant(std::string& out, Instant at) {
    bytes::put_varint(out, bytes::zigzag(at.ms));
}

Instant take_instant(bytes::Reader& in) {
    const Instant at{in.signed_varint()};
    if (at < kInstantMin || at > kInstantMax) {
        in.fail();
        return {};
    }
    return at;
}

Name take_name(bytes::Reader& in, std::string_view text) {
    if (Name::fits(text)) return Name{text};
    in.fail();
    return {};
}

void take_holds(bytes::Reader& in, std::vector<HoldRow>& holds) {
    // Every element takes at least a byte, so damage can't ask for much memory.
    for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        HoldRow& hold = holds.emplace_back();
        hold.condition = in.text();
        hold.band = in.byte();
        std::int64_t at = 0;
        for (std::uint64_t samples = in.varint(); samples > 0 && in.ok(); --samples) {
            at = bytes::add_wrapped(at, in.signed_varint());
            const std::uint8_t level = in.byte();
            if (level > 2) in.fail();
            if (in.ok()) hold.samples.push_back({Instant{at}, static_cast<Level>(level)});
        }
    }
}

void put_traces(std::string& out, const std::vector<TraceRow>& traces) {
    bytes::put_varint(out, traces.size());
    for (const TraceRow& trace : traces) {
        bytes::put_text(out, trace.condition);
        out.push_back(static_cast<char>(trace.band));
        bytes::put_varint(out, trace.points.size());
        std::int64_t before = 0;
        for (const TracePoint& point : trace.points) {
            bytes::put_varint(out, bytes::zigzag(bytes::difference(point.at.ms, before)));
            bytes::put_double(out, point.value);
            before = point.at.ms;
        }
    }
}

void take_traces(bytes::Reader& in, std::vector<TraceRow>& traces) {
    for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        TraceRow& trace = traces.emplace_back();
        trace.condition = in.text();
        trace.band = in.byte();
        std::int64_t at = 0;
        for (std::uint64_t points = in.varint(); points > 0 && in.ok(); --points) {
            at = bytes::add_wrapped(at, in.signed_varint());
            const double value = in.real();
            if (!std::isfinite(value)) in.fail();
            if (in.ok()) trace.points.push_back({Instant{at}, value});
        }
    }
}

double take_number(bytes::Reader& in) {
    const double number = in.real();
    if (!std::isfinite(number)) in.fail();
    return number;
}

/// A mask of what is there, then that, in the order of the fields.
void put_meter(std::string& out, const MeterState& meter) {
    const Packed<Instant>* instants[] = {&meter.installed_on, &meter.newest,
                                         &meter.steady_since, &meter.still_since,
                                         &meter.moving_since, &meter.frozen_since};
    const Packed<double>* numbers[] = {&meter.flow, &meter.steady_flow};
    unsigned mask = 0;
    unsigned bit = 1;
    for (const auto* instant : instants) mask |= std::exchange(bit, bit << 1U) * (*instant ? 1 : 0);
    for (const auto* number : numbers) mask |= std::exchange(bit, bit << 1U) * (*number ? 1 : 0);
    bytes::put_varint(out, mask);
    for (const auto* instant : instants)
        if (*instant) put_instant(out, **instant);
    for (const auto* number : numbers)
        if (*number) bytes::put_double(out, **number);
    bytes::put_varint(out, meter.recent.size());
    for (std::size_t i = 0; i < meter.recent.size(); ++i) {
        const MeterPoint point = meter.recent[i];
        put_instant(out, point.at);
        bytes::put_double(out, point.volume_m3);
        out.push_back(point.closed ? '\1' : '\0');
    }
}

MeterState take_meter(bytes::Reader& in) {
    MeterState meter;
    Packed<Instant>* instants[] = {&meter.installed_on, &meter.newest,       &meter.steady_since,
                                   &meter.still_since,  &meter.moving_since, &meter.frozen_since};
    Packed<double>* numbers[] = {&meter.flow, &meter.steady_flow};
    std::uint64_t mask = in.varint_up_to(255);
    for (auto* instant : instants) {
        if ((mask & 1U) != 0) *instant = take_instant(in);
        mask >>= 1U;
    }
    for (auto* number : numbers) {
        if ((mask & 1U) != 0) *number = take_number(in);
        mask >>= 1U;
    }
    for (std::uint64_t left = in.varint_up_to(MeterState::kRecentMax); left > 0 && in.ok();
         --left) {
        MeterPoint point;
        point.at = take_instant(in);
        point.volume_m3 = take_number(in);
        const std::uint8_t closed = in.byte();
        if (closed > 1) in.fail();
        point.closed = closed == 1;
        meter.recent.add(point);
    }
    return meter;
}

}  // namespace

void encode_device(std::string& out, const DeviceRow& row) {
    start(out);
    const unsigned flags =
        (row.last_event_at ? kHasEventAt : 0U) | (row.last_received_at ? kHasReceivedAt : 0U) |
        (row.last_seq ? kHasSeq : 0U) | (row.silent ? kSilent : 0U) |
        (row.offline ? kOffline : 0U) | (row.count_began_at ? kHasCountBegan : 0U) |
        (row.traces.empty() ? 0U : kHasTraces) | (row.meter ? kHasMeter : 0U);
    out.push_back(static_cast<char>(flags));
    put_instant(out, row.known_since);
    if (row.last_event_at) put_instant(out, *row.last_event_at);
    if (row.last_received_at) put_instant(out, *row.last_received_at);
    if (row.last_seq) bytes::put_varint(out, *row.last_seq);
    bytes::put_big_endian(out, row.seq_window);
    bytes::put_text(out, row.gateway.view());
    bytes::put_varint(out, row.holds.size());
    for (const HoldRow& hold : row.holds) {
        bytes::put_text(out, hold.condition);
        out.push_back(static_cast<char>(hold.band));
        bytes::put_varint(out, hold.samples.size());
        std::int64_t before = 0;
        for (const Sample& sample : hold.samples) {
            bytes::put_varint(out, bytes::zigzag(bytes::difference(sample.at.ms, before)));
            out.push_back(static_cast<char>(sample.level));
            before = sample.at.ms;
        }
    }
    bytes::put_varint(out, row.saved_in);
    if (row.count_began_at) put_instant(out, *row.count_began_at);
    if (!row.traces.empty()) put_traces(out, row.traces);
    if (row.meter) put_meter(out, *row.meter);
}

Result<DeviceRow> decode_device(std::string_view key, std::string_view value) {
    DeviceRow row;
    bytes::Reader name{key};
    row.device = take_name(name, name.until_zero());
    if (!name.ok()) return malformed("devices");
    const std::string_view site = key.substr(row.device.view().size() + 1);
    if (!Name::fits(site)) return malformed("devices");
    row.site = Name{site};

    bytes::Reader in = reader_of(value);
    const unsigned flags = in.byte();
    if (flags > kKnownFlags) in.fail();
    row.silent = (flags & kSilent) != 0;
    row.offline = (flags & kOffline) != 0;
    row.known_since = take_instant(in);
    if ((flags & kHasEventAt) != 0) row.last_event_at = take_instant(in);
    if ((flags & kHasReceivedAt) != 0) row.last_received_at = take_instant(in);
    if ((flags & kHasSeq) != 0) row.last_seq = in.varint();
    row.seq_window = in.big_endian<std::uint64_t>();
    row.gateway = take_name(in, in.text());
    take_holds(in, row.holds);
    row.saved_in = in.varint();
    if ((flags & kHasCountBegan) != 0) row.count_began_at = take_instant(in);
    if ((flags & kHasTraces) != 0) take_traces(in, row.traces);
    if ((flags & kHasMeter) != 0) row.meter = take_meter(in);
    if (!in.finished()) return malformed("devices");
    return row;
}

void encode_effect(std::string& out, const EffectRow& row) {
    start(out);
    out.push_back(static_cast<char>(static_cast<unsigned>(row.qos) | (row.retain ? 4U : 0U)));
    put_instant(out, row.created_at);
    bytes::put_text(out, row.topic);
    bytes::put_text(out, row.payload);
}

Result<EffectRow> decode_effect(std::string_view value) {
    EffectRow row;
    bytes::Reader in = reader_of(value);
    const unsigned flags = in.byte();
    row.qos = static_cast<int>(flags & 3U);
    row.retain = (flags & 4U) != 0;
    if (flags > 7 || row.qos > 2) in.fail();
    row.created_at = take_instant(in);
    row.topic = in.text();
    row.payload = in.text();
    if (!in.finished()) return malformed("effects");
    return row;
}

void encode_position(std::string& out, const PositionRow& row) {
    start(out);
    bytes::put_varint(out, row.seq);
    bytes::put_varint(out, row.ahead.size());
    for (const PositionRow::Range& range : row.ahead) {
        bytes::put_varint(out, range.first);
        bytes::put_varint(out, range.last);
    }
}

Result<PositionRow> decode_position(std::string_view key, std::string_view value) {
    PositionRow row;
    bytes::Reader name{key};
    row.gateway = take_name(name, name.until_zero());
    const std::uint8_t lane = name.byte();
    row.lane = lane == 0 ? Lane::emergency : Lane::bulk;
    row.epoch = name.big_endian<std::uint64_t>();
    if (!name.finished() || lane > 1) return malformed("positions");

    bytes::Reader in = reader_of(value);
    row.seq = in.varint();
    std::uint64_t below = row.seq;
    for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        const PositionRow::Range range{in.varint(), in.varint()};
        if (range.first <= below || range.last < range.first) in.fail();
        below = range.last;
        if (in.ok()) row.ahead.push_back(range);
    }
    if (!in.finished()) return malformed("positions");
    return row;
}

void encode_reporter(std::string& out, const Reporter& reporter) {
    start(out);
    bytes::put_text(out, reporter.name);
    bytes::put_text(out, reporter.phone);
    bytes::put_text(out, reporter.account);
    bytes::put_text(out, reporter.address);
}

Result<Reporter> decode_reporter(std::string_view value) {
    Reporter reporter;
    bytes::Reader in = reader_of(value);
    reporter.name = in.text();
    reporter.phone = in.text();
    reporter.account = in.text();
    reporter.address = in.text();
    if (!in.finished()) return malformed("people");
    return reporter;
}

void encode_version(std::string& out, const VersionRow& row) {
    start(out);
    bytes::put_text(out, row.text);
    bytes::put_text(out, row.life_cycle);
}

Result<VersionRow> decode_version(std::string_view key, std::string_view value) {
    const std::size_t mark = key.find('\0');
    if (mark == std::string_view::npos) return malformed("versions");
    VersionRow row;
    row.policy = key.substr(0, mark);
    row.version = key.substr(mark + 1);
    bytes::Reader in = reader_of(value);
    row.text = in.text();
    row.life_cycle = in.text();
    if (!in.finished()) return malformed("versions");
    return row;
}

void encode_feed(std::string& out, const FeedRow& row) {
    start(out);
    bytes::put_text(out, row.event);
    bytes::put_text(out, row.json);
}

Result<FeedRow> decode_feed(std::string_view value) {
    FeedRow row;
    bytes::Reader in = reader_of(value);
    row.event = in.text();
    row.json = in.text();
    if (!in.finished()) return malformed("feed");
    return row;
}

}  // namespace mercaptan::processor
