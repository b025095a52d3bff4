#include "io/firewall/door_only.h"

namespace mailban::io {

asio::awaitable<Status> DoorFirewall::prepare()
{
    co_return Done{};
}

asio::awaitable<Result<std::vector<Held>>> DoorFirewall::list(Timestamp)
{
    co_return std::vector<Held>{};
}

asio::awaitable<Status> DoorFirewall::apply(Plan, Timestamp)
{
    co_return Done{};
}

asio::awaitable<Status> DoorFirewall::remove_all()
{
    co_return Done{};
}

asio::awaitable<Result<std::string>> DoorFirewall::describe()
{
    co_return std::string();
}

}  // namespace mailban::io
