#include <algorithm>
#include <bit>
#include <limits>

#include "processor/io/bytes.h"
#include "processor/io/rows.h"

namespace mercaptan::processor {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

void put_zero_ended(std::string& out, std::string_view text) {
    out.append(text);
    out.push_back('\0');
}

void put_numbered(std::string& out, std::string_view text, std::uint64_t number) {
    out.clear();
    put_zero_ended(out, text);
    bytes::put_big_endian(out, number);
}

Result<std::uint64_t> lone_number(std::string_view key, const char* table) {
    bytes::Reader in{key};
    const auto number = in.big_endian<std::uint64_t>();
    if (!in.finished()) return fail(ErrorCode::corrupt, std::string{table} + ": malformed key");
    return number;
}

/// Names what a reading says. A part of keys on disk: it must stay as it is (FNV-1a, folded).
std::uint32_t print_of(const Reading& reading) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    const auto mix = [&](std::uint64_t word) {
        for (unsigned i = 0; i < sizeof word; ++i) {
            hash = (hash ^ (word & 0xFFU)) * 0x100000001B3ULL;
            word >>= 8U;
        }
    };
    mix((std::uint64_t{reading.status.bits()} << 2U) | (reading.has_status ? 2U : 0U) |
        (reading.urgent ? 1U : 0U));
    reading.values.for_each([&](Quantity q, double number) {
        mix(static_cast<std::uint64_t>(q));
        mix(std::bit_cast<std::uint64_t>(number));
    });
    return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

}  // namespace

std::uint32_t day_of(Instant at) {
    const std::int64_t day = at.ms < 0 ? 0 : at.ms / kDayMs;
    return static_cast<std::uint32_t>(
        std::min<std::int64_t>(day, std::numeric_limits<std::uint32_t>::max()));
}

void history_key(std::string& out, const Reading& reading) {
    history_seek(out, day_of(reading.at()), reading.device, reading.site, reading.at());
    if (reading.seq) {
        out.push_back('\x01');
        bytes::put_big_endian(out, *reading.seq);
        bytes::put_big_endian(out, print_of(reading));
        return;
    }
    out.push_back('\x02');
    bytes::put_big_endian(out, reading.origin.epoch);
    bytes::put_big_endian(out, reading.origin.seq);
    bytes::put_big_endian(out, static_cast<std::uint8_t>(reading.origin.lane));
    bytes::put_big_endian(out, reading.origin.part);
}

void history_seek(std::string& out, std::uint32_t day, std::string_view device) {
    out.clear();
    bytes::put_big_endian(out, day);
    put_zero_ended(out, device);
}

void history_seek(std::string& out, std::uint32_t day, std::string_view device,
                  std::string_view site, Instant at) {
    history_seek(out, day, device);
    put_zero_ended(out, site);
    bytes::put_big_endian(out, bytes::sortable(at.ms));
}

std::uint32_t history_key_day(std::string_view key) {
    return bytes::Reader{key}.big_endian<std::uint32_t>();
}

void journal_key(std::string& out, std::uint64_t commit) {
    out.clear();
    bytes::put_big_endian(out, commit);
}

Result<std::uint64_t> decode_journal_key(std::string_view key) {
    return lone_number(key, "journal");
}

void alarm_order_key(std::string& out, Instant since, std::string_view alarm_id) {
    out.clear();
    bytes::put_big_endian(out, ~bytes::sortable(since.ms));
    out.append(alarm_id);
}

std::string_view alarm_of_order_key(std::string_view key) {
    return key.size() < sizeof(std::uint64_t) ? std::string_view{}
                                              : key.substr(sizeof(std::uint64_t));
}

void device_key(std::string& out, std::string_view device, std::string_view site) {
    device_prefix(out, device);
    out.append(site);
}

void device_prefix(std::string& out, std::string_view device) {
    out.clear();
    put_zero_ended(out, device);
}

void log_key(std::string& out, std::string_view ticket_id, std::uint64_t index) {
    put_numbered(out, ticket_id, index);
}

void log_prefix(std::string& out, std::string_view ticket_id) {
    out.clear();
    put_zero_ended(out, ticket_id);
}

void version_key(std::string& out, std::string_view policy, std::string_view version) {
    log_prefix(out, policy);
    out.append(version);
}

void position_key(std::string& out, const PositionRow& row) {
    out.clear();
    put_zero_ended(out, row.gateway);
    out.push_back(static_cast<char>(row.lane));
    bytes::put_big_endian(out, row.epoch);
}

void people_key(std::string& out, std::string_view ticket_id, std::uint64_t version) {
    put_numbered(out, ticket_id, version);
}

void people_prefix(std::string& out, std::string_view ticket_id) {
    log_prefix(out, ticket_id);
}

void feed_key(std::string& out, std::uint64_t id) {
    out.clear();
    bytes::put_big_endian(out, id);
}

Result<std::uint64_t> decode_feed_key(std::string_view key) {
    return lone_number(key, "feed");
}

std::string after_prefix(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
    return prefix;
}

}  // namespace mercaptan::processor
