//! The ways by which a principal runs a model (semantics:D1, D4).

/// A way to run a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// A call on the model's own ARN.
    Direct,
    /// bedrock-mantle:CreateInference, which names the model in a key.
    Mantle,
    /// The Claude platform (aws-external-anthropic), which names no model in the request.
    ClaudePlatform,
    /// A call on an ARN that does not say which model runs: a deployment or a marketplace endpoint of Bedrock.
    Deployment,
    /// An inference profile of AWS, across the Regions of a geography or all.
    InferenceProfile,
    /// An inference profile of the account.
    ApplicationProfile,
    /// A job that runs with a service role that the caller passes.
    Job,
    /// An agent, with its service role.
    Agent,
    /// A flow, with its service role.
    Flow,
    /// A knowledge base, which reads and looks up documents with its service role.
    KnowledgeBase,
    /// An endpoint of SageMaker.
    Endpoint,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Direct,
        Self::Mantle,
        Self::ClaudePlatform,
        Self::Deployment,
        Self::InferenceProfile,
        Self::ApplicationProfile,
        Self::Job,
        Self::Agent,
        Self::Flow,
        Self::KnowledgeBase,
        Self::Endpoint,
    ];

    /// As outputs name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Mantle => "bedrock-mantle",
            Self::ClaudePlatform => "claude-platform",
            Self::Deployment => "deployment",
            Self::InferenceProfile => "inference-profile",
            Self::ApplicationProfile => "application-inference-profile",
            Self::Job => "job",
            Self::Agent => "agent",
            Self::Flow => "flow",
            Self::KnowledgeBase => "knowledge-base",
            Self::Endpoint => "sagemaker-endpoint",
        }
    }

    /// The same in words, to be read after "by" or "through".
    pub fn words(self) -> &'static str {
        match self {
            Self::Direct => "a direct call",
            Self::Mantle => "bedrock-mantle",
            Self::ClaudePlatform => "the Claude platform, where the call names the model and no policy can",
            Self::Deployment => "a deployment of the model",
            Self::InferenceProfile => "an inference profile; each of these checks must pass",
            Self::ApplicationProfile => "an application inference profile; each of these checks must pass",
            Self::Job => "a job that runs with a role that is passed",
            Self::Agent => "an agent that runs with its own role",
            Self::Flow => "a flow that runs with its own role",
            Self::KnowledgeBase => "a knowledge base that runs with its own role",
            Self::Endpoint => "an endpoint of SageMaker",
        }
    }
}
