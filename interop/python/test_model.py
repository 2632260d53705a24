"""The emulator's tables of operations and of the shapes of their bodies against the API model that botocore ships."""

import botocore.session
import pytest
import urllib3


@pytest.fixture(scope="module")
def told(target):
    """What the emulator says of itself."""
    answer = urllib3.request("GET", f"{target.endpoint_url}/_emulator/capabilities")
    assert answer.status == 200
    return answer.json()


@pytest.fixture(scope="module")
def model():
    return botocore.session.get_session().get_service_model("pinpoint")


def wire_name(name, shape):
    return shape.serialization.get("name", name)


def operation_of(model, name):
    operation = model.operation_model(name)
    members = operation.input_shape.members
    body = operation.input_shape.serialization.get("payload")
    in_query = [
        wire_name(member, shape)
        for member, shape in members.items()
        if shape.serialization.get("location") == "querystring"
    ]
    return {
        "name": name,
        "method": operation.http["method"],
        "uri": operation.http["requestUri"],
        "status": operation.http["responseCode"],
        "request": members[body].name if body else None,
        "wrapper": body,
        "required": sorted(members[body].required_members) if body else [],
        "query": sorted(in_query),
    }


def reached_shapes(model):
    """Every structure and enumeration that a body can hold, by name."""
    shapes = {}

    def reach(shape):
        if shape.type_name == "structure" and shape.name not in shapes:
            shapes[shape.name] = shape
            for member in shape.members.values():
                reach(member)
        elif shape.type_name == "list":
            reach(shape.member)
        elif shape.type_name == "map":
            reach(shape.key)
            reach(shape.value)
        elif shape.type_name == "string" and shape.enum:
            shapes[shape.name] = shape

    for name in model.operation_names:
        payload = model.operation_model(name).input_shape.serialization.get("payload")
        if payload:
            reach(model.operation_model(name).input_shape.members[payload])
    return shapes


def type_of(shape):
    match shape.type_name:
        case "structure":
            return {"type": "structure", "shape": shape.name}
        case "list":
            return {"type": "list", "item": type_of(shape.member)}
        case "map":
            return {"type": "map", "key": type_of(shape.key), "value": type_of(shape.value)}
        case "string" if shape.enum:
            return {"type": "enumeration", "shape": shape.name}
        case plain:
            return {"type": plain}


def test_operations_are_the_models(told, model):
    told_without_progress = [
        {name: value for name, value in operation.items() if name != "written"} for operation in told["operations"]
    ]

    assert told_without_progress == [operation_of(model, name) for name in sorted(model.operation_names)]


def test_structures_are_the_models(told, model):
    structures = {
        name: {
            wire_name(member_name, member): {**type_of(member), "required": member_name in shape.required_members}
            for member_name, member in shape.members.items()
        }
        for name, shape in reached_shapes(model).items()
        if shape.type_name == "structure"
    }

    # What the model says in words only stands beside the type.
    for members in told["structures"].values():
        for member in members.values():
            member.pop("values", None)
    assert told["structures"] == structures


def test_enumerations_are_the_models(told, model):
    enumerations = {name: shape.enum for name, shape in reached_shapes(model).items() if shape.type_name == "string"}

    assert told["enumerations"] == enumerations
