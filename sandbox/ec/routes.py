"""Paths of the v2 interface, and what every call passes before its handler: signature, quota, parsing."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core import Facts, facts_of
from sandbox.core.jsontext import dumps_exact, loads_exact
from sandbox.core.switches import comma_list
from sandbox.ec import contacts, customers_read, customers_write, organisation, products, push, sales, trajectory
from sandbox.ec.signing import why_refused
from sandbox.ec.state import Ec
from sandbox.ec.wire import Call, RefusedError, envelope

Handler = Callable[[Ec, Call], object]
PREFIX = "/v2/"

# path: (method, object, writes, handler)
CALLS: dict[str, tuple[str, str, bool, Handler]] = {
    "org/struct/info": ("GET", "user", False, organisation.struct_info),
    "org/user/findUserInfoById": ("POST", "user", False, organisation.find_user),
    "customer/queryList": ("POST", "customer", False, customers_read.query_list),
    "customer/queryCustomer": ("POST", "customer", False, customers_read.query_customer),
    "customer/query": ("POST", "customer", False, customers_read.query),
    "customer/preciseQuery": ("POST", "customer", False, customers_read.precise_query),
    "customer/queryExist": ("POST", "customer", False, customers_read.query_exist),
    "customer/delcrms": ("POST", "customer", False, customers_read.delete_feed),
    "customer/addCustomer": ("POST", "customer", True, customers_write.add_customers),
    "customer/updateCustomer": ("POST", "customer", True, customers_write.update_customer),
    "customer/batchUpdateCustomer": ("POST", "customer", True, customers_write.batch_update),
    "customer/change/user": ("POST", "customer", True, customers_write.change_user),
    "customer/change/abandon": ("POST", "customer", True, customers_write.abandon),
    "customer/step/update": ("POST", "customer", True, customers_write.update_step),
    "customer/combine": ("POST", "customer", True, customers_write.combine),
    "customer/getTrajectory": ("POST", "trajectory", False, trajectory.read_trajectories),
    "customer/getChannelSource": ("GET", "channel", False, organisation.channels),
    "customer/getCustomerGroup": ("GET", "group", False, organisation.customer_groups),
    "config/getFieldMapping": ("GET", "customer_field", False, organisation.customer_fields),
    "config/getPubicPond": ("GET", "pond", False, organisation.public_ponds),
    "config/getStages": ("GET", "config", False, organisation.stages),
    "config/getLabelInfo": ("GET", "config", False, organisation.nothing),
    "config/getAreas": ("GET", "config", False, organisation.nothing),
    "config/getVocation": ("GET", "config", False, organisation.nothing),
    "config/getBookFieldMapping": ("GET", "config", False, organisation.nothing),
    "contactbook/add": ("POST", "contact", True, contacts.add_contact),
    "contactbook/update": ("POST", "contact", True, contacts.update_contact),
    "contactbook/delete": ("POST", "contact", True, contacts.delete_contact),
    "contactbook/list": ("POST", "contact", False, contacts.list_contacts),
    "trajectory/saveUserTrajectory": ("POST", "trajectory", True, trajectory.save_trajectories),
    "sales/addSales": ("POST", "sale", True, sales.add_sales),
    "sales/updateSales": ("POST", "sale", True, sales.update_sales),
    "sales/updateStatus": ("POST", "sale", True, sales.update_status),
    "sales/getSales": ("POST", "sale", False, sales.get_sales),
    "sales/getSalesDetail": ("GET", "sale", False, sales.get_sales_detail),
    "sales/getProductsDetail": ("POST", "sale", False, sales.get_products_detail),
    "sales/getSalesFieldMapping": ("GET", "sales_field", False, sales.field_mapping),
    "sales/addProduct": ("POST", "product", True, products.add_product),
    "sales/updateProduct": ("POST", "product", True, products.update_product),
    "sales/deleteProduct": ("POST", "product", True, products.delete_products),
    "sales/getProductList": ("POST", "product", False, products.list_products),
    "sales/getProductGroupList": ("GET", "product_group", False, products.list_groups),
    "apipush/getApiPush": ("POST", "push_log", False, push.get_api_push),
}


def classify(method: str, path: str, body: str) -> Facts:
    """What the fault gate may match a call on."""
    name = path.removeprefix(PREFIX)
    known = CALLS.get(name)
    if known is None:
        return Facts(method, path, body, operation=path)
    return Facts(method, path, body, object=known[1], write=known[2], operation=name)


def routes(ec: Ec) -> list[BaseRoute]:
    """The vendor's paths of one account; whatever is not among them is "no such service"."""
    known: list[BaseRoute] = [
        Route(PREFIX + name, _endpoint(ec, handler), methods=[method])
        for name, (method, _object, _writes, handler) in CALLS.items()
    ]
    return [*known, Route("/{path:path}", _no_service, methods=["GET", "POST", "PUT", "DELETE"])]


def _endpoint(ec: Ec, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        with ec.store.lock:  # pushes log from a thread of their own
            return _answered(ec, handler, request, body)

    return endpoint


async def _no_service(request: Request) -> Response:
    return _json({"code": 404, "msg": "没有该服务", "data": None}, 404)


def _answered(ec: Ec, handler: Handler, request: Request, body: bytes) -> Response:
    facts = facts_of(request)
    stale = ec.faults.take({"token_expired"}, facts) is not None
    reason = "时间戳已过期" if stale else why_refused(request.headers, ec.settings, ec.clock.now())
    if reason is None and request.url.path.removeprefix(PREFIX) in comma_list(ec.settings.closed_calls):
        reason = "没有接口权限"
    if reason is not None:
        return _unauthorised(ec, reason)
    if ec.faults.take({"rate_limited"}, facts) is not None:
        return _limited(ec)
    try:
        call = Call(_parsed(body), request.query_params, facts)
        return _json(envelope(handler(ec, call)))
    except RefusedError as error:
        return _json({"code": error.code or ec.settings.error_code, "msg": str(error), "data": None})


def _parsed(body: bytes) -> Any:
    try:
        return loads_exact(body) if body else {}
    except ValueError as error:
        raise RefusedError("请求体不是合法的JSON") from error


def _unauthorised(ec: Ec, reason: str) -> Response:
    status = 401 if ec.settings.sign_error == "http_401" else 200
    return _json({"code": ec.settings.sign_error_code, "msg": reason, "data": None}, status)


def _limited(ec: Ec) -> Response:
    status = 429 if ec.settings.rate_limit_answer == "http_429" else 200
    return _json({"code": ec.settings.rate_limit_code, "msg": "请求过于频繁，请稍后再试", "data": None}, status)


def _json(data: object, status: int = 200) -> Response:
    return Response(dumps_exact(data), status_code=status, media_type="application/json")
