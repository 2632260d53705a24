"""The API model that the installed botocore carries, and requests made from it."""

from botocore.loaders import Loader
from botocore.model import ServiceModel

STRUCTURE, LIST, MAP = "structure", "list", "map"

# What a member needs for its request to make sense, by shape and member. Everything else is filled by type.
VALUES = {
    ("EndpointRequest", "ChannelType"): "EMAIL",
    ("EndpointBatchItem", "ChannelType"): "EMAIL",
    ("PublicEndpoint", "ChannelType"): "EMAIL",
    ("EndpointRequest", "EndpointStatus"): "INACTIVE",
    ("EndpointBatchItem", "EndpointStatus"): "INACTIVE",
    ("PublicEndpoint", "EndpointStatus"): "INACTIVE",
    ("EndpointRequest", "OptOut"): "ALL",
    ("EndpointBatchItem", "OptOut"): "ALL",
    ("PublicEndpoint", "OptOut"): "ALL",
    ("EndpointRequest", "EffectiveDate"): "2026-03-04T05:06:07Z",
    ("EndpointBatchItem", "EffectiveDate"): "2026-03-04T05:06:07Z",
    ("PublicEndpoint", "EffectiveDate"): "2026-03-04T05:06:07Z",
    ("EndpointDemographic", "Platform"): "Android",
    ("EndpointLocation", "Latitude"): 47.61,
    ("EndpointLocation", "Longitude"): -122.33,
    ("Event", "Timestamp"): "2026-03-04T05:06:07Z",
    ("Session", "StartTimestamp"): "2026-03-04T05:00:00Z",
    ("Session", "StopTimestamp"): "2026-03-04T05:06:00Z",
    ("MetricDimension", "ComparisonOperator"): "GREATER_THAN_OR_EQUAL",
    ("GPSCoordinates", "Latitude"): 47.6,
    ("GPSCoordinates", "Longitude"): -122.3,
    ("QuietTime", "Start"): "22:00",
    ("QuietTime", "End"): "06:30",
    ("WriteEventStream", "DestinationStreamArn"): "arn:aws:kinesis:us-east-1:000000000000:stream/events",
    ("WriteEventStream", "RoleArn"): "arn:aws:iam::000000000000:role/events",
    ("EmailChannelRequest", "FromAddress"): "sender@example.com",
    ("EmailChannelRequest", "Identity"): "arn:aws:ses:us-east-1:000000000000:identity/example.com",
    ("EmailChannelRequest", "RoleArn"): "arn:aws:iam::000000000000:role/mail",
    ("EmailChannelRequest", "OrchestrationSendingRoleArn"): "arn:aws:iam::000000000000:role/send",
    ("GCMChannelRequest", "DefaultAuthenticationMethod"): "TOKEN",
    ("GCMChannelRequest", "ServiceJson"): '{"type":"service_account","project_id":"example"}',
    ("ExportJobRequest", "RoleArn"): "arn:aws:iam::000000000000:role/export",
    ("ImportJobRequest", "RoleArn"): "arn:aws:iam::000000000000:role/import",
    ("ImportJobRequest", "ExternalId"): "000000000000",
    ("CampaignLimits", "MaximumDuration"): 60,
    ("CampaignHook", "LambdaFunctionName"): "arn:aws:lambda:us-east-1:000000000000:function:hook",
    ("CampaignHook", "WebUrl"): "https://hook.example.com/",
    ("NumberValidateRequest", "PhoneNumber"): "(206) 555-0142",
    ("NumberValidateRequest", "IsoCountryCode"): "US",
}


def service_model():
    return ServiceModel(Loader().load_service_model("pinpoint", "service-2"), "pinpoint")


def filled(shape, **replaced):
    """A structure with every member filled, at every depth; top-level members may be replaced, or left out by None."""
    request = _filled(shape, shape.name)
    request.update(replaced)
    return {member: value for member, value in request.items() if value is not None}


def _filled(shape, name):
    if shape.type_name == STRUCTURE:
        return {
            member: VALUES.get((shape.name, member), _filled(of, member)) for member, of in shape.members.items()
        }
    if shape.type_name == LIST:
        return [_filled(shape.member, name)]
    if shape.type_name == MAP:
        return {f"{name}-key": _filled(shape.value, name)}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else f"{name} é"
    return {"integer": 7, "long": 7, "double": 2.5, "boolean": True}[shape.type_name]


def leaves(value, path=()):
    """Every value that is neither an object nor an array, with its path; empty ones count."""
    if isinstance(value, dict) and value:
        for member, inner in value.items():
            yield from leaves(inner, (*path, member))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def member_paths(shape):
    """Every member of a shape at every depth, as dotted names; keys of maps and places in lists are left out."""
    if shape.type_name == STRUCTURE:
        for member, of in shape.members.items():
            yield member
            for inner in member_paths(of):
                yield f"{member}.{inner}"
    elif shape.type_name == LIST:
        yield from member_paths(shape.member)
    elif shape.type_name == MAP:
        yield from member_paths(shape.value)


def sent_paths(shape, value):
    """The members of a shape that a request holds, as `member_paths` names them."""
    if shape.type_name == STRUCTURE:
        for member, inner in value.items():
            yield member
            for path in sent_paths(shape.members[member], inner):
                yield f"{member}.{path}"
    elif shape.type_name == LIST:
        for inner in value:
            yield from sent_paths(shape.member, inner)
    elif shape.type_name == MAP:
        for inner in value.values():
            yield from sent_paths(shape.value, inner)


_ABSENT = object()


def at(value, path):
    """What stands at a path, or a value that is equal to nothing."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return value
