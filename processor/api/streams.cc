#include "processor/api/streams.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "common/json/writer.h"
#include "common/log/log.h"
#include "processor/api/answers.h"
#include "processor/api/query.h"
#include "processor/io/tables.h"

namespace mercaptan::processor::api {
namespace {

/// What is sent in one go to a client that is behind: well below the server's buffer for a stream.
/// Then the stream ends and the client comes back with Last-Event-ID, so that it sets the pace.
constexpr std::size_t kCatchUpBytesMax = 256U << 10U;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t out = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, out);
    if (error != std::errc{} || rest != end || text.empty()) return std::nullopt;
    return out;
}

/// The header that EventSource sends when it comes again, or the parameter for its first time.
Result<std::optional<std::uint64_t>> last_event_id(const http::Request& request) {
    Query query{request};
    auto text = query.text("last_event_id");
    if (auto good = query.finish(); !good) return Failure{good.error()};
    const auto header = request.headers.find("last-event-id");
    if (header != request.headers.end()) text = header->second;
    if (!text) return std::optional<std::uint64_t>{};
    const auto id = number(*text);
    if (!id) {
        return fail(ErrorCode::invalid_input, "Last-Event-ID: expected the id of an event",
                    "Last-Event-ID");
    }
    return id;
}

std::string hello(Instant now, std::uint64_t feed_end, bool gap) {
    std::string data;
    JsonWriter json{data};
    json.begin_object();
    json.member("now", now);
    json.member("feed_end", feed_end);
    // True: what was missed is gone. Read the lists anew.
    json.member("gap", gap);
    json.end_object();
    return data;
}

}  // namespace

std::optional<std::uint64_t> Api::Streams::oldest_kept() const {
    std::optional<std::uint64_t> oldest;
    const auto scanned =
        backend_.store().scan(table(StoreTable::feed), "", "", [&](std::string_view key, auto) {
            if (const auto id = decode_feed_key(key)) oldest = *id;
            return false;
        });
    if (!scanned) log::error("the event feed can't be read reason={}", scanned.error().message);
    return oldest;
}

bool Api::Streams::catch_up(Client& client) const {
    std::string from;
    feed_key(from, client.sent + 1);
    std::size_t bytes = 0;
    bool whole = true;
    const auto scanned = backend_.store().scan(
        table(StoreTable::feed), from, "", [&](std::string_view key, std::string_view value) {
            const auto id = decode_feed_key(key);
            const auto row = decode_feed(value);
            whole = id && row && bytes < kCatchUpBytesMax &&
                    client.stream->send(std::to_string(*id), row->event, row->json);
            if (whole) {
                client.sent = *id;
                bytes += value.size();
            }
            return whole;
        });
    if (!scanned) log::error("the event feed can't be read reason={}", scanned.error().message);
    return scanned && whole;
}

void Api::Streams::open(const http::Request& request,
                        const std::shared_ptr<http::EventStream>& stream) {
    const auto last = last_event_id(request);
    if (!last) return stream->reject(problem_of(last.error()));
    const std::uint64_t end = backend_.feed_end();
    Client client{stream, last->value_or(end)};
    const auto oldest = oldest_kept();
    // From the future: the store was set back. From before what is kept: it came too late.
    const bool gap = client.sent > end || (oldest && client.sent + 1 < *oldest) ||
                     (!oldest && client.sent < end);
    if (gap) client.sent = end;
    if (!stream->send(std::to_string(client.sent), "hello", hello(backend_.now(), end, gap)))
        return;
    while (true) {
        if (!catch_up(client)) return stream->close();
        const std::lock_guard lock{mutex_};
        if (newest_ <= client.sent) {
            clients_.push_back(std::move(client));
            return;
        }
    }
}

void Api::Streams::on_entry(const FeedEntry& entry) {
    const std::lock_guard lock{mutex_};
    newest_ = entry.id;
    if (clients_.empty()) return;
    const std::string id = std::to_string(entry.id);
    std::erase_if(clients_, [&](Client& client) {
        if (client.sent >= entry.id) return !client.stream->open();
        client.sent = entry.id;
        return !client.stream->send(id, entry.row.event, entry.row.json);
    });
}

}  // namespace mercaptan::processor::api
