# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers of the DAX wire protocol, as the published clients use them."""

from __future__ import annotations

from enum import IntEnum

MAGIC = "J7yne5G"
SERVICE = 1
EMPTY_ATTRIBUTE_LIST = 1

TAG_STRING_SET = 3321
TAG_NUMBER_SET = 3322
TAG_BINARY_SET = 3323
TAG_LIST_ORDINAL = 3324


class Method(IntEnum):
    """Method ids; the value is what stands on the wire."""

    AUTHORIZE_CONNECTION = 1489122155
    ENDPOINTS = 455855874
    DEFINE_KEY_SCHEMA = -742646399
    DEFINE_ATTRIBUTE_LIST_ID = -1230579644
    DEFINE_ATTRIBUTE_LIST = 670678385
    GET_ITEM = 263244906
    PUT_ITEM = -2106490455
    UPDATE_ITEM = 1425579023
    DELETE_ITEM = 1013539361
    QUERY = -931250863
    SCAN = -1875390620
    BATCH_GET_ITEM = -697851100
    BATCH_WRITE_ITEM = 116217951
    TRANSACT_GET_ITEMS = 1866287579
    TRANSACT_WRITE_ITEMS = -1160037738


# How many CBOR values follow the method id.
ARGUMENTS: dict[Method, int] = {
    Method.AUTHORIZE_CONNECTION: 5,
    Method.ENDPOINTS: 0,
    Method.DEFINE_KEY_SCHEMA: 1,
    Method.DEFINE_ATTRIBUTE_LIST_ID: 1,
    Method.DEFINE_ATTRIBUTE_LIST: 1,
    Method.GET_ITEM: 3,
    Method.PUT_ITEM: 4,
    Method.UPDATE_ITEM: 3,
    Method.DELETE_ITEM: 3,
    Method.QUERY: 3,
    Method.SCAN: 2,
    Method.BATCH_GET_ITEM: 2,
    Method.BATCH_WRITE_ITEM: 2,
    Method.TRANSACT_GET_ITEMS: 4,
    Method.TRANSACT_WRITE_ITEMS: 9,
}

# The names that AWS gives the operations; used by the request log and by injected faults.
OPERATIONS: dict[Method, str] = {
    Method.AUTHORIZE_CONNECTION: "AuthorizeConnection",
    Method.ENDPOINTS: "Endpoints",
    Method.DEFINE_KEY_SCHEMA: "DefineKeySchema",
    Method.DEFINE_ATTRIBUTE_LIST_ID: "DefineAttributeListId",
    Method.DEFINE_ATTRIBUTE_LIST: "DefineAttributeList",
    Method.GET_ITEM: "GetItem",
    Method.PUT_ITEM: "PutItem",
    Method.UPDATE_ITEM: "UpdateItem",
    Method.DELETE_ITEM: "DeleteItem",
    Method.QUERY: "Query",
    Method.SCAN: "Scan",
    Method.BATCH_GET_ITEM: "BatchGetItem",
    Method.BATCH_WRITE_ITEM: "BatchWriteItem",
    Method.TRANSACT_GET_ITEMS: "TransactGetItems",
    Method.TRANSACT_WRITE_ITEMS: "TransactWriteItems",
}


class Param(IntEnum):
    """Keys of the optional-parameter map that ends a request."""

    PROJECTION_EXPRESSION = 0
    EXPRESSION_ATTRIBUTE_NAMES = 1
    CONSISTENT_READ = 2
    RETURN_CONSUMED_CAPACITY = 3
    CONDITION_EXPRESSION = 4
    EXPRESSION_ATTRIBUTE_VALUES = 5
    RETURN_ITEM_COLLECTION_METRICS = 6
    RETURN_VALUES = 7
    UPDATE_EXPRESSION = 8
    EXCLUSIVE_START_KEY = 9
    FILTER_EXPRESSION = 10
    INDEX_NAME = 11
    KEY_CONDITION_EXPRESSION = 12
    LIMIT = 13
    SCAN_INDEX_FORWARD = 14
    SELECT = 15
    SEGMENT = 16
    TOTAL_SEGMENTS = 17
    REQUEST_ITEMS = 18
    CLIENT_REQUEST_TOKEN = 19


class Reply(IntEnum):
    """Keys of the map that answers a single-item operation, a query or a scan."""

    ITEM = 0
    CONSUMED_CAPACITY = 1
    ATTRIBUTES = 2
    ITEMS = 7
    COUNT = 8
    LAST_EVALUATED_KEY = 9
    SCANNED_COUNT = 10


class ReturnValues(IntEnum):
    NONE = 1
    ALL_OLD = 2
    UPDATED_OLD = 3
    ALL_NEW = 4
    UPDATED_NEW = 5


class Select(IntEnum):
    ALL_ATTRIBUTES = 1
    ALL_PROJECTED_ATTRIBUTES = 2
    COUNT = 3
    SPECIFIC_ATTRIBUTES = 4


class TransactOperation(IntEnum):
    PUT = 2
    DELETE = 7
    UPDATE = 9
    CHECK = 12


class Func(IntEnum):
    """Heads of the lists that make up an expression tree."""

    EQUAL = 0
    NOT_EQUAL = 1
    LESS = 2
    GREATER_EQUAL = 3
    GREATER = 4
    LESS_EQUAL = 5
    AND = 6
    OR = 7
    NOT = 8
    BETWEEN = 9
    IN = 10
    ATTRIBUTE_EXISTS = 11
    ATTRIBUTE_NOT_EXISTS = 12
    ATTRIBUTE_TYPE = 13
    BEGINS_WITH = 14
    CONTAINS = 15
    SIZE = 16
    VARIABLE = 17
    DOCUMENT_PATH = 18
    SET = 19
    ADD = 20
    DELETE = 21
    REMOVE = 22
    IF_NOT_EXISTS = 23
    LIST_APPEND = 24
    PLUS = 25
    MINUS = 26


class Role(IntEnum):
    LEADER = 1
    REPLICA = 2
