// Sandbox: what mailban's unit of systemd lets the service see, by the unit's own properties. Text
// in, judgement out; nothing here asks systemd.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// Why the service does not see a path.
struct Hidden {
    std::string property{};  // "ProtectHome=yes"
    std::string place{};     // "/home"
    std::string remedy{};    // what to write into a drop-in
    bool operator==(const Hidden&) const = default;
};

class Sandbox {
public:
    // What `systemctl show UNIT` has to be asked for.
    static const std::vector<std::string>& properties();

    // `shown`: its answer, one KEY=VALUE a line. Nullopt: there is no such unit.
    static std::optional<Sandbox> parse(std::string_view unit, std::string_view shown);

    const std::string& unit() const noexcept { return unit_; }
    const std::string& user() const noexcept { return user_; }
    bool has_no_new_privileges() const noexcept { return has_no_new_privileges_; }

    // Nullopt: nothing that is known hides `path`, an absolute one without links.
    std::optional<Hidden> hides(std::string_view path) const;

private:
    struct Place {
        bool is_hidden = true;
        Hidden why{};
    };

    void read(std::string_view key, std::string_view value);
    void hide(std::string_view place, std::string_view property, std::string_view remedy);
    void show(std::string_view place);

    std::string unit_{};
    std::string user_{};
    bool is_loaded_ = false;
    bool has_no_new_privileges_ = false;
    std::map<std::string, Place, std::less<>> places_{};
};

// "ProtectHome=yes of mailban.service hides /home; a drop-in with …"
std::string explain(const Hidden& hidden, std::string_view unit);

}  // namespace mailban
