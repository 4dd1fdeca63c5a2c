#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <map>

#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/facts.h"

namespace mercaptan::cli {
namespace {

constexpr std::size_t kListedMax = 10'000;

/// Prints each version of a ticket once, whether the list or the stream brought it.
class Watcher {
public:
    Watcher(const Context& context, const Server& server, const WatchOptions& options)
        : context_{context}, server_{server}, options_{options} {}

    /// False when enough was seen.
    bool take(std::string_view id, std::string_view event, std::string_view data) {
        boost::json::error_code error;
        const boost::json::value value = boost::json::parse(data, error);
        if (error || !value.is_object()) return true;
        if (event == "hello") {
            // At first, and whenever the stream could not go on where it broke off.
            if (!listed_ || truth(value, "gap")) list();
            return true;
        }
        if (event != "ticket" || !wanted(value) || !fresh(value)) return true;
        show(value, id);
        return options_.count == 0 || ++shown_ < options_.count;
    }

private:
    void list() {
        listed_ = true;
        const auto tickets = server_.list(
            "/api/v1/tickets", {{"open", "true"}, {"site", options_.site}, {"zone", options_.zone}},
            kListedMax);
        const auto& items = tickets.at("items").get_array();
        // The newest last, where the changes go on.
        for (std::size_t i = items.size(); i > 0; --i) {
            if (fresh(items[i - 1])) show(items[i - 1], {});
        }
        if (!context_.json && items.empty()) std::cout << "There is no open ticket; waiting.\n";
        std::cout << std::flush;
    }

    [[nodiscard]] bool wanted(const boost::json::value& ticket) const {
        return (options_.site.empty() || fact(ticket, "site") == options_.site) &&
               (options_.zone.empty() || fact(ticket, "zone") == options_.zone);
    }

    bool fresh(const boost::json::value& ticket) {
        const auto* version = ticket.get_object().if_contains("version");
        const std::int64_t number =
            version != nullptr && version->is_int64() ? version->get_int64() : 0;
        std::int64_t& known = versions_[fact(ticket, "id")];
        if (number <= known) return false;
        known = number;
        return true;
    }

    void show(const boost::json::value& ticket, std::string_view id) const {
        if (context_.json) {
            std::cout << boost::json::serialize(
                             boost::json::object{{"event_id", id.empty() ? boost::json::value{}
                                                                         : boost::json::value{id}},
                                                 {"ticket", ticket}})
                      << '\n';
        } else {
            std::cout << local_time(to_rfc3339(wall_now())).substr(11) << "  "
                      << change_line(ticket, wall_now()) << '\n';
        }
        std::cout << std::flush;
    }

    const Context& context_;
    const Server& server_;
    const WatchOptions& options_;
    bool listed_ = false;
    std::size_t shown_ = 0;
    std::map<std::string, std::int64_t> versions_;
};

}  // namespace

std::string change_line(const boost::json::value& ticket, Instant now) {
    std::string out = fact(ticket, "id") + "  ";
    const std::string ticket_class = fact(ticket, "class");
    out += ticket_class == "-" ? fact(ticket, "kind") : "Class " + ticket_class;
    out += "  " + fact(ticket, "state") + "  " + fact(ticket, "site");
    if (const std::string crew = fact(ticket, "assignee"); crew != "-") out += "  crew " + crew;
    if (const std::string level = fact(ticket, "escalation_level"); level != "-" && level != "0") {
        out += "  escalation " + level;
    }
    if (const std::string deadline = next_deadline(ticket, now); !deadline.empty()) {
        out += "  " + deadline;
    }
    return printable(out + "  (" + cause_of(ticket) + ")");
}

void watch_tickets(const Context& context, const Server& server, const WatchOptions& options) {
    // Fails at once where there is no server at all; later losses are waited out.
    (void)server.get("/healthz");
    Watcher watcher{context, server, options};
    server.follow({},
                  [&](auto id, auto event, auto data) { return watcher.take(id, event, data); });
}

}  // namespace mercaptan::cli
