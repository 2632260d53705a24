//! What `GET /_emulator/capabilities` answers: the tables of operations and of the shapes of their
//! bodies, so that a test outside can hold them against AWS's model, and a tool can see what is built.

use serde_json::{Map, Value, json};

use crate::facts::operations::{Operation, OperationSpec};
use crate::facts::shapes::{Shape, ShapeSpec, Type};

/// Both tables.
pub(super) fn all() -> Value {
    let (mut structures, mut enumerations) = (Map::new(), Map::new());
    for shape in Shape::ALL {
        match shape.spec() {
            ShapeSpec::Structure(members) => {
                let members: Map<String, Value> = members
                    .iter()
                    .map(|member| {
                        let mut value = type_value(member.value);
                        value["required"] = json!(member.required);
                        (member.name.to_owned(), value)
                    })
                    .collect();
                structures.insert(shape.name().to_owned(), Value::Object(members));
            }
            ShapeSpec::Enumeration(texts) => {
                enumerations.insert(shape.name().to_owned(), json!(texts));
            }
        }
    }
    json!({
        "operations": Operation::ALL.iter().map(|operation| {
            operation_value(operation.spec(), operation.is_written())
        }).collect::<Vec<_>>(),
        "structures": structures,
        "enumerations": enumerations,
    })
}

fn operation_value(spec: OperationSpec, written: bool) -> Value {
    let members = spec.request.map(Shape::members).unwrap_or_default();
    let required = members.iter().filter(|member| member.required);
    json!({
        "name": spec.name,
        "method": spec.method,
        "uri": spec.uri,
        "status": spec.status,
        "written": written,
        "request": spec.request.map(Shape::name),
        // SDKs name the member that stands for the body as the model names its shape.
        "wrapper": spec.request.map(Shape::name),
        "required": required.map(|member| member.name).collect::<Vec<_>>(),
        "query": spec.query,
    })
}

fn type_value(of: Type) -> Value {
    match of {
        Type::String => json!({ "type": "string" }),
        Type::OneOf(texts) => json!({ "type": "string", "values": texts }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Integer => json!({ "type": "integer" }),
        Type::Double => json!({ "type": "double" }),
        Type::Timestamp => json!({ "type": "timestamp" }),
        Type::Blob => json!({ "type": "blob" }),
        Type::List(item) => json!({ "type": "list", "item": type_value(*item) }),
        Type::Map { key, value } => {
            json!({ "type": "map", "key": type_value(*key), "value": type_value(*value) })
        }
        Type::Shape(shape) => match shape.spec() {
            ShapeSpec::Structure(_) => json!({ "type": "structure", "shape": shape.name() }),
            ShapeSpec::Enumeration(_) => json!({ "type": "enumeration", "shape": shape.name() }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_and_shapes_are_told_in_full() {
        let all = all();
        let operations = all["operations"].as_array().unwrap();
        assert_eq!(operations.len(), Operation::ALL.len());
        let create = operations
            .iter()
            .find(|operation| operation["name"] == "CreateExportJob");
        assert_eq!(
            create.unwrap(),
            &json!({
                "name": "CreateExportJob",
                "method": "POST",
                "uri": "/v1/apps/{application-id}/jobs/export",
                "status": 202,
                "written": true,
                "request": "ExportJobRequest",
                "wrapper": "ExportJobRequest",
                "required": ["RoleArn", "S3UrlPrefix"],
                "query": [],
            })
        );
        assert_eq!(
            all["structures"]["EndpointUser"],
            json!({
                "UserId": { "type": "string", "required": false },
                "UserAttributes": {
                    "type": "map",
                    "key": { "type": "string" },
                    "value": { "type": "list", "item": { "type": "string" } },
                    "required": false,
                },
            })
        );
        assert_eq!(
            all["structures"]["EndpointRequest"]["OptOut"],
            json!({ "type": "string", "values": ["ALL", "NONE"], "required": false })
        );
        assert_eq!(all["enumerations"]["Format"], json!(["CSV", "JSON"]));
    }
}
