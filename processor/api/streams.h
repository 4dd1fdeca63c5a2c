#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "common/http/server.h"
#include "processor/api/api.h"
#include "processor/api/backend.h"

namespace mercaptan::processor::api {

/// Sends the feed to every client of the event stream, each from where it left off: first what is
/// in the store, then live, without a gap and without a repetition. Thread-safe.
class Api::Streams {
public:
    explicit Streams(Backend& backend) : backend_{backend}, newest_{backend.feed_end()} {}

    /// A client has come. Answers a malformed request with a problem document.
    void open(const http::Request& request, const std::shared_ptr<http::EventStream>& stream);
    /// Called for every entry of the feed in order.
    void on_entry(const FeedEntry& entry);

private:
    struct Client {
        std::shared_ptr<http::EventStream> stream;
        std::uint64_t sent = 0;  // The last entry it got, or did not want.
    };

    /// Sends what the store holds beyond `client.sent`. False if the client has to come again.
    bool catch_up(Client& client) const;
    [[nodiscard]] std::optional<std::uint64_t> oldest_kept() const;

    Backend& backend_;
    std::mutex mutex_;
    std::uint64_t newest_;  // All up to it are in the store.
    std::vector<Client> clients_;
};

}  // namespace mercaptan::processor::api
